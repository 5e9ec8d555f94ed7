/** A text of a site's, no longer than this: what is kept must not grow with what a site says. */
export function clip(text: string, max = 500): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`
}
