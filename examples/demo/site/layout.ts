import { escapeHtml } from '../html.ts'

/** A whole page of the shop around its `main` element. */
export function layout(title: string, main: string, head = ''): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)} | Lantern & Co.</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/site.css">${head}</head>
<body><header><a href="/catalogue">Lantern &amp; Co.</a> <nav><a href="/catalogue/1">All items</a> <a href="/login">Your orders</a></nav></header>
${main}
<footer><p>Lantern &amp; Co. is a made-up shop. Prices include tax, delivery takes three to five days.</p></footer></body></html>
`
}

/** The one stylesheet, so that a browser has something to load and to lay out. */
export const STYLESHEET = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 0 1rem; color: #223; }
header { display: flex; justify-content: space-between; padding: 1rem 0; border-bottom: 1px solid #ccd; }
.price { font-size: 1.4rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde; }
.items { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.items li { border: 1px solid #dde; border-radius: .5rem; padding: .8rem; }
.checksum, footer { color: #667; font-size: .85rem; }
form { display: grid; gap: .6rem; max-width: 20rem; }
`

/** The lantern. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#b60" d="M5 1h6v2h2v10H3V3h2z"/></svg>'
