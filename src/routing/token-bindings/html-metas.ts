import { onDemand } from '../../core/index.ts'

const htmlparser2 = onDemand<typeof import('htmlparser2')>('htmlparser2')

/** Of so much of a document the metas are looked at: they stand at its beginning. */
export const MAX_HEAD_BYTES = 256 * 1024
const MAX_METAS = 32
const MAX_CONTENT_CHARS = 8192

/** The `<meta name content>` of a document's text whose names speak of a token, as a page shows them. */
export function tokenMetas(html: string): Array<readonly [name: string, content: string]> {
  return htmlMetas(html, (name) => /csrf|xsrf|token/i.test(name))
}

/** The `<meta name content>` of a document's text whose names are wanted; 32 at most. What scripts and comments hold is none. */
export function htmlMetas(
  html: string,
  isWanted: (name: string) => boolean,
): Array<readonly [name: string, content: string]> {
  const found: Array<readonly [string, string]> = []
  let attributes: Map<string, string> | undefined
  let name = ''
  let value = ''
  const end = () => {
    const [key, content] = [attributes?.get('name'), attributes?.get('content')]
    attributes = undefined
    if (key === undefined || content === undefined || content.length > MAX_CONTENT_CHARS) return
    if (isWanted(key) && found.length < MAX_METAS) found.push([key, content])
  }
  const nothing = () => {}
  const tokenizer = new (htmlparser2().Tokenizer)(
    { xmlMode: false, decodeEntities: true },
    {
      onopentagname: (start, stop) => {
        attributes = html.slice(start, stop).toLowerCase() === 'meta' ? new Map() : undefined
      },
      onattribname: (start, stop) => {
        name = attributes === undefined ? '' : html.slice(start, stop).toLowerCase()
        value = ''
      },
      onattribdata: (start, stop) => {
        if (attributes !== undefined) value += html.slice(start, stop)
      },
      onattribentity: (codePoint) => {
        if (attributes !== undefined) value += String.fromCodePoint(codePoint)
      },
      onattribend: () => {
        // The first of a name counts.
        if (attributes !== undefined && !attributes.has(name)) attributes.set(name, value)
      },
      onopentagend: end,
      onselfclosingtag: end,
      onclosetag: nothing,
      oncomment: nothing,
      oncdata: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      ontext: nothing,
      ontextentity: nothing,
      onend: nothing,
    },
  )
  tokenizer.write(html)
  return found
}
