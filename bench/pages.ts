/** A typical response of a site, as the benchmark's server sends it. */
export interface BenchPage {
  readonly path: string
  /** The `content-type` header; undefined for a response without one. */
  readonly type: string
  readonly body: Buffer
}

const WORDS =
  'the quiet river turned at dawn and people walked along its banks with bread letters maps and small plans for a day of work'.split(
    ' ',
  )

/** Text of different sentences, the same in each run. */
function prose(chars: number, seed = 1): string {
  let state = seed
  const next = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
  let text = ''
  while (text.length < chars) {
    const words = Array.from({ length: 6 + next(12) }, () => WORDS[next(WORDS.length)])
    const sentence = words.join(' ')
    text += `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}. `
  }
  return text.slice(0, chars)
}

const head = (title: string, more = '') =>
  `<!doctype html>\n<html lang="en">\n<head>\n  <meta charset="utf-8">\n  <title>${title}</title>\n  <meta name="viewport" content="width=device-width, initial-scale=1">\n${more}</head>\n`

const ANALYTICS =
  '<script>window.dataLayer=window.dataLayer||[];function track(){dataLayer.push(arguments)}track("js",new Date());track("config","G-1234567");</script>\n'

/** 4 kB: the page of a product in a shop, with scripts and the order form, without data for search engines. */
function product(): string {
  const options = ['Small', 'Medium', 'Large']
    .map((size, i) => `<option value="${i}">${size}</option>`)
    .join('')
  const start = `${head('Walnut desk lamp | Shop', '  <link rel="stylesheet" href="/assets/shop.css?v=31">\n  <script src="/assets/shop.js?v=31" defer></script>\n')}<body class="product-page">
<header><a class="logo" href="/">Shop</a><nav><ul><li><a href="/lamps">Lamps</a></li><li><a href="/cart">Cart</a></li></ul></nav></header>
<main id="content">
  <h1>Walnut desk lamp</h1>
  <img src="/images/lamp-1.jpg" alt="Walnut desk lamp" width="600" height="400">
  <p class="price">&euro;&nbsp;89.90</p>
  <form action="/cart/add" method="post">
    <input type="hidden" name="product" value="4711"><label>Size <select name="size">${options}</select></label>
    <button type="submit" class="buy">Add to cart</button>
  </form>
  <section class="description">`
  const end = `</section>
</main>
<footer><p>Shipping in two days &amp; free returns.</p></footer>
${ANALYTICS}<script>document.querySelector(".buy").addEventListener("click",function(e){track("event","add_to_cart",{id:4711,value:89.9})});</script>
</body>
</html>
`
  return `${start}<p>${prose(4_096 - start.length - end.length - 7, 7)}</p>${end}`
}

/** 16 kB: an article with a script and eight links. */
function article(): string {
  const links = Array.from(
    { length: 8 },
    (_, i) => `<li><a href="/articles/${i}">Another article ${i}</a></li>`,
  )
  const start = `${head('A day at the river', `  <link rel="stylesheet" href="/site.css">\n  <script src="/site.js" async></script>\n`)}<body><article><h1>A day at the river</h1>\n`
  const end = `</article><aside><ul>${links.join('')}</ul></aside>${ANALYTICS}</body></html>\n`
  let middle = ''
  for (let at = 0; start.length + end.length + middle.length < 16_384 - 620; at++)
    middle += `<p>${prose(560, at + 3)} <em>So it was.</em></p>\n`
  return start + middle + end
}

/** 4 kB: a page of a documentation generator, most of it code and markup. */
function documentation(): string {
  const start = `${head('connect() - Library 4.2', '  <link rel="stylesheet" href="_static/theme.css">\n  <script src="_static/documentation_options.js"></script>\n  <script src="_static/doctools.js"></script>\n  <script src="_static/searchtools.js"></script>\n')}<body>
<div class="related" role="navigation"><h3>Navigation</h3><ul><li><a href="genindex.html" title="Index">index</a></li><li><a href="next.html">next</a> |</li></ul></div>
<div class="document"><div class="body" role="main"><section id="connect"><h1>connect()<a class="headerlink" href="#connect">&#182;</a></h1>
`
  let middle = ''
  for (let at = 0; at < 5; at++)
    middle += `<div class="highlight-python notranslate"><div class="highlight"><pre><span></span><span class="kn">from</span> <span class="nn">library</span> <span class="kn">import</span> <span class="n">part${at}</span>\n<span class="n">part${at}</span><span class="o">.</span><span class="n">connect</span><span class="p">(</span><span class="s2">&quot;a&quot;</span><span class="p">)</span></pre></div></div><p>${prose(140, at + 20)}</p>\n`
  return `${start}${middle}</section></div></div><div class="sphinxsidebar"><div id="searchbox" role="search"><form class="search" action="search.html" method="get"><input type="text" name="q" aria-labelledby="label"><input type="submit" value="Go"></form></div></div><script>document.getElementById("searchbox").style.display = "block"</script><div class="footer">&copy; The authors.</div></body></html>\n`
}

/** 130 kB: a list of a thousand items. */
function list(): string {
  const start = `${head('All lamps', '  <script src="/assets/shop.js?v=31" defer></script>\n')}<body><ol class="list">\n`
  let middle = ''
  for (let at = 0; middle.length < 132_000; at++)
    middle += `<li class="card"><a href="/lamps/${at}"><img src="/images/${at}.jpg" alt="">Lamp number ${at}</a> <span class="price">${at}.90</span></li>\n`
  return `${start}${middle}</ol></body></html>\n`
}

/** 1 kB: a fragment that a page loads when the user scrolls down. */
function fragment(): string {
  const items = Array.from(
    { length: 6 },
    (_, i) =>
      `<li class="item" data-id="${i}"><a href="/lamps/${i}">Lamp number ${i}</a><p>${prose(60, i + 1)}</p><span class="price">${i}9.90</span></li>\n`,
  )
  return `<ul class="items" data-next="/lamps?page=2">\n${items.join('')}</ul>\n`
}

function feed(): string {
  const items = Array.from(
    { length: 20 },
    (_, i) =>
      `<item><title>Entry ${i}</title><link>https://river.example/${i}</link><guid>${i}</guid><description>${prose(200, i + 1)}</description></item>\n`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>River</title><link>https://river.example/</link>\n${items.join('')}</channel></rss>\n`
}

function json(): string {
  const items = Array.from({ length: 40 }, (_, id) => ({ id, name: `Lamp number ${id}`, price: id + 0.9 }))
  return JSON.stringify({ items, next: '/api/lamps?page=2' })
}

/** 4 kB in a charset that no header or element names, where each letter beyond ASCII is one byte. */
function withoutCharset(): Buffer {
  const start = `<html>\n<head>\n<title>Angebote für Übernachtungen</title>\n<script src="/menu.js"></script>\n</head>\n<body bgcolor="#ffffff"><table><tr><td><a href="/">Startseite</a></td><td><a href="/preise.html">Preise für Gäste</a></td></tr></table>\n<p>Schöne Grüße aus Köln.</p>\n`
  const end = '<p>&copy; Gästehaus Müller</p></body></html>\n'
  return Buffer.from(`${start}<p>${prose(4_096 - start.length - end.length - 7, 9)}</p>${end}`, 'latin1')
}

/** The kinds of page of the HTTP race, by name. */
export function benchPages(): Readonly<Record<string, BenchPage>> {
  const html = 'text/html; charset=utf-8'
  const page = (path: string, type: string, body: string | Buffer): BenchPage => ({
    path,
    type,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  })
  const plain = `<!doctype html><title>bench</title><p>${'The quick brown fox jumps over the lazy dog. '.repeat(90)}</p>`
  return {
    'plain text, 4 kB': page('/', html, plain.slice(0, 4_096)),
    JSON: page('/json', 'application/json', json()),
    'product page, 4 kB': page('/product', html, product()),
    'documentation, 4 kB': page('/documentation', html, documentation()),
    'article, 16 kB': page('/article', html, article()),
    'list, 130 kB': page('/list', html, list()),
    'fragment, 1 kB': page('/fragment', html, fragment()),
    'RSS feed': page('/feed', 'application/rss+xml; charset=utf-8', feed()),
    'page without a charset': page('/without-charset', 'text/html', withoutCharset()),
  }
}
