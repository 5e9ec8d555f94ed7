/** Whether a Content-Type names a document: HTML or XHTML. */
export function isHtmlType(type: string): boolean {
  return type.includes('html') || type.includes('HTML')
}

/** Whether a Content-Type is one that a challenge never has: images, fonts, archives, media. */
export function isOpaqueType(type: string): boolean {
  return /^(image|font|audio|video)\/|^application\/(octet-stream|pdf|zip|wasm)/i.test(type)
}

/** Whether a body begins as a document does, whatever its type says. */
export function looksLikeHtml(body: string): boolean {
  return /^[\s\u00ef\u00bb\u00bf\ufeff]{0,64}<(?!\?xml)(!doctype\s+html|!--|html|head|body|script|title|meta|style|div|h1|center)/i.test(
    body.slice(0, 256),
  )
}
