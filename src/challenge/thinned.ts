const OPENS = /<(style|svg)\b/gi
const DATA_URI = /(data:[\w.+/;=-]{0,80},)[\w+/=%-]{100,}/gi

/**
 * A document without what is long and says nothing: the insides of styles and drawings, and data in addresses. Challenge pages
 * that bring their fonts and pictures along are small ones then. What does not end was cut, and goes to its end.
 */
export function thinned(html: string): string {
  let kept = ''
  let at = 0
  OPENS.lastIndex = 0
  for (let found = OPENS.exec(html); found !== null; found = OPENS.exec(html)) {
    const opened = html.indexOf('>', found.index)
    if (opened < 0) break
    kept += html.slice(at, opened + 1)
    const closes = new RegExp(`</${found[1]}`, 'gi')
    closes.lastIndex = opened
    const end = closes.exec(html)
    at = end === null ? html.length : end.index
    OPENS.lastIndex = at
  }
  return (kept + html.slice(at)).replace(DATA_URI, '$1')
}
