import { onDemand } from '../core/index.ts'
import { encodeText } from './decode-peek.ts'
import { FormFields } from './form-fields.ts'
import { parseRefresh } from './refresh.ts'

const htmlparser2 = onDemand<typeof import('htmlparser2')>('htmlparser2')

/** What the classifier wants to know of a document. All strings are lower case, in the form that `encodeText` gives. */
export interface HtmlFacts {
  /** Every title, one per line; also one inside noscript, where some vendors hide it. */
  readonly title: string
  /** What a person would read, white space collapsed. */
  readonly text: string
  readonly noscript: string
  /** The source of inline scripts; data blocks (JSON, templates) are left out. */
  readonly inline: string
  /** URLs that the document loads or submits to, one per line: src, action, stylesheet links, meta refresh. */
  readonly resources: string
  /** What frames show, one per line; these are resources too. */
  readonly frames: string
  /** `#id`, `.class`, custom `tag-name`, and a few attributes as `[name]` and `[name=value]`. */
  readonly elements: ReadonlySet<string>
  /** The beginning of what comments say. */
  readonly comments: string
  /** Whether it has what only a page that is meant to be found has: a canonical address, a feed, a preview without `noindex`. */
  readonly published: boolean
  /** Whether it asks not to be found. */
  readonly unlisted: boolean
  readonly forms: number
  /** Headings, lists, tables and the parts of a page, outside noscript. */
  readonly parts: number
  readonly links: number
  readonly scripts: number
  /** Inputs a person fills in, other than the answer to a puzzle. */
  readonly userFields: number
  /** Inputs for the answer to a puzzle. */
  readonly captchaFields: number
  readonly buttons: number
  readonly passwordFields: number
  readonly images: number
  /** Target of a meta refresh, or of a Refresh header, '' when it names none; null without one. */
  readonly refresh: string | null
  /** When it comes, in milliseconds; null without one. */
  readonly refreshMs: number | null
}

const VALUED_ATTRIBUTES = new Set([
  'auto',
  'data-size',
  'data-start',
  'data-appearance',
  'display',
  'floating',
])
const HIDDEN_TEXT = new Set([
  'script',
  'style',
  'template',
  'textarea',
  'iframe',
  'noembed',
  'noframes',
  'option',
])
const PARTS = new Set('h1 h2 h3 h4 ul ol table nav header footer main article section'.split(' '))
/** In bytes of lower case: a no-break space is two of them, and one of the two is part of many letters. */
const WHITE_SPACE = /(?:[\t\n\v\f\r ]|\xe2\xa0(?![\x80-\xbf]))+/g
/** Inline scripts that only carry the content of the page: what they say is text, not code. */
const CARRIES_DATA = /^\s{0,64}(?:\(?(?:self|window)\.__next_f\b|(?:self|window)\.__[a-z0-9_$]{1,64}__\s?=)/
/** A hostile page can repeat anything; beyond this many of a kind nothing new is learned. */
const MAX_TOKENS = 4_000
const OPENING_CHARS = 1_000
const MAX_COMMENT_CHARS = 2_000

/**
 * Reads a document, or as much of one as there is, in one pass of the tokenizer: no tree, no stack, time linear in
 * its length. Broken markup gives fewer facts, never an error.
 *
 * @param html - latin1-decoded bytes will do: everything looked for is ASCII
 */
export function readHtml(html: string): HtmlFacts {
  const reader = new Reader(html.toLowerCase())
  return reader.read()
}

class Reader {
  readonly #html: string
  #tag = ''
  #attribute = ''
  #value = ''
  #attributes = new Map<string, string>()
  /** The raw-text element the tokenizer is in, '' outside. */
  #raw = ''
  #rawIsData = false
  #noscriptDepth = 0
  readonly #title: string[] = []
  readonly #text: string[] = []
  readonly #noscript: string[] = []
  readonly #inline: string[] = []
  readonly #resources: string[] = []
  readonly #frames: string[] = []
  readonly #elements = new Set<string>()
  readonly #fields = new FormFields()
  #links = 0
  #scripts = 0
  #buttons = 0
  #images = 0
  #refresh: string | null = null
  #refreshMs: number | null = null
  #comments = ''
  /** A canonical address or a feed: a page says that only of itself. */
  #listed = false
  /** A preview: protected pages lend theirs to the page that stands in the way. */
  #previewed = false
  #unlisted = false
  #forms = 0
  #parts = 0

  constructor(html: string) {
    this.#html = html
  }

  read(): HtmlFacts {
    const html = this.#html
    const tokenizer = new (htmlparser2().Tokenizer)(
      { xmlMode: false, decodeEntities: true },
      {
        onopentagname: (start, end) => {
          this.#tag = html.slice(start, end)
          this.#attributes = new Map()
        },
        onattribname: (start, end) => {
          this.#attribute = html.slice(start, end)
          this.#value = ''
        },
        onattribdata: (start, end) => {
          this.#value += html.slice(start, end)
        },
        onattribentity: (codePoint) => {
          this.#value += encodePoint(codePoint)
        },
        onattribend: () => {
          if (this.#attributes.size < 64 && !this.#attributes.has(this.#attribute)) {
            this.#attributes.set(this.#attribute, this.#value)
          }
        },
        onopentagend: () => this.#open(),
        onselfclosingtag: () => this.#open(),
        onclosetag: (start, end) => this.#close(html.slice(start, end)),
        ontext: (start, end) => this.#chars(html.slice(start, end)),
        ontextentity: (codePoint) => this.#chars(encodePoint(codePoint)),
        oncomment: (start, end, endOffset) => this.#comment(html.slice(start, end - endOffset)),
        oncdata() {},
        ondeclaration() {},
        onprocessinginstruction() {},
        onend() {},
      },
    )
    tokenizer.write(html)
    tokenizer.end()
    const fields = this.#fields.sorted(() => this.#opening())
    return {
      title: this.#title.map(collapse).join('\n'),
      text: collapse(this.#text.join('')),
      noscript: collapse(this.#noscript.join('')),
      inline: this.#inline.join('\n'),
      resources: this.#resources.join('\n'),
      frames: this.#frames.join('\n'),
      elements: this.#elements,
      links: this.#links,
      scripts: this.#scripts,
      userFields: fields.user,
      captchaFields: fields.captcha,
      buttons: this.#buttons,
      passwordFields: this.#fields.passwords,
      images: this.#images,
      refresh: this.#refresh,
      refreshMs: this.#refreshMs,
      comments: this.#comments,
      unlisted: this.#unlisted,
      published: this.#listed || (this.#previewed && !this.#unlisted),
      forms: this.#forms,
      parts: this.#parts,
    }
  }

  #open(): void {
    const tag = this.#tag
    const get = (name: string) => this.#attributes.get(name) ?? ''
    this.#raw = ''
    if (tag === 'noscript') this.#noscriptDepth += 1
    else if (tag === 'script') {
      this.#scripts += 1
      this.#raw = tag
      this.#rawIsData = !isJavaScript(get('type'))
      this.#previewed ||= get('type') === 'application/ld+json'
      this.#resource(get('src'))
    } else if (tag === 'title' || HIDDEN_TEXT.has(tag)) {
      this.#raw = tag
      if (tag === 'title') this.#title.push('')
      if (tag === 'iframe') {
        this.#resource(get('src'))
        if (this.#frames.length < MAX_TOKENS) this.#frames.push(get('src'))
      }
      if (tag === 'textarea' && this.#noscriptDepth === 0 && !get('style').includes('none'))
        this.#fields.addTextArea()
    } else if (tag === 'a') this.#links += 1
    else if (tag === 'button') this.#buttons += 1
    else if (tag === 'img') {
      this.#images += 1
      this.#fields.addPicture(get('src'), get('alt'))
      this.#resource(get('src'))
    } else if (tag === 'link') this.#link(get('rel'), get('type'), get('href'))
    else if (tag === 'form') {
      this.#forms += 1
      this.#resource(get('action'))
    } else if (tag === 'frame' || tag === 'embed' || tag === 'object')
      this.#resource(get('src') || get('data'))
    else if (tag === 'input' || tag === 'select') this.#field(get('type'), get('name'), get('id'))
    else if (tag === 'meta') {
      if (get('http-equiv').trim() === 'refresh') this.#metaRefresh(get('content'))
      this.#previewed ||= get('property').startsWith('og:')
      this.#unlisted ||= get('name') === 'robots' && get('content').includes('noindex')
    } else if (tag === 'body' && get('onload') !== '') this.#inline.push(`onload: ${get('onload')}`)
    if (this.#noscriptDepth === 0 && PARTS.has(tag)) this.#parts += 1
    this.#marks(tag)
    // Block-level or not, a tag parts words well enough for what is looked for here.
    if (this.#raw === '') this.#chars(' ')
  }

  #close(tag: string): void {
    if (tag === 'noscript' && this.#noscriptDepth > 0) this.#noscriptDepth -= 1
    this.#raw = ''
    this.#chars(' ')
  }

  #chars(text: string): void {
    if (this.#raw === 'title') this.#title.push((this.#title.pop() ?? '') + text)
    else if (this.#raw === 'script') {
      if (!this.#rawIsData && !CARRIES_DATA.test(text)) this.#inline.push(text)
    } else if (this.#raw === '') (this.#noscriptDepth > 0 ? this.#noscript : this.#text).push(text)
  }

  #comment(text: string): void {
    this.#comments += text.slice(0, MAX_COMMENT_CHARS - this.#comments.length)
  }

  #link(rel: string, type: string, href: string): void {
    this.#listed ||= rel === 'canonical' || (rel === 'alternate' && /rss|atom/.test(type))
    this.#resource(href)
  }

  #opening(): string {
    return collapse([...this.#title, ' ', ...this.#text].join('').slice(0, OPENING_CHARS))
  }

  #field(type: string, name: string, id: string): void {
    // Browsers that run scripts show none of it.
    if (this.#noscriptDepth > 0) return
    if (type === 'submit' || type === 'button') this.#buttons += 1
    const locked = this.#attributes.has('readonly') || this.#attributes.has('disabled')
    this.#fields.add(this.#tag, type, name, id, locked)
  }

  #metaRefresh(content: string): void {
    const found = parseRefresh(content)
    if (found === null) return
    this.#refresh = found.target
    this.#refreshMs = found.delayMs
    this.#resource(found.target)
  }

  #resource(url: string): void {
    if (url !== '' && this.#resources.length < MAX_TOKENS && !url.startsWith('data:'))
      this.#resources.push(url)
  }

  /** ALTCHA takes its attributes as JSON too. */
  #configuration(value: string): void {
    const auto = /"auto"\s?:\s?"(\w{1,16})"/.exec(value)?.[1]
    if (auto !== undefined) this.#elements.add(`[auto=${auto}]`)
  }

  #marks(tag: string): void {
    if (this.#elements.size > MAX_TOKENS) return
    // A widget's class on a button binds it to that button: there is no box to see.
    if (tag.includes('-')) this.#elements.add(tag)
    for (const [name, value] of this.#attributes) {
      if (name === 'id') this.#elements.add(`#${value}`)
      else if (name === 'class' && tag !== 'button' && tag !== 'input') {
        for (const word of value.split(/\s+/, 32)) if (word !== '') this.#elements.add(`.${word}`)
      } else if (VALUED_ATTRIBUTES.has(name)) this.#elements.add(`[${name}=${value}]`)
      else if (name.startsWith('data-')) this.#elements.add(`[${name}]`)
      else if (name === 'configuration') this.#configuration(value)
    }
  }
}

function isJavaScript(type: string): boolean {
  return type === '' || type === 'module' || type.includes('javascript') || type.includes('ecmascript')
}

/** A character reference as its letter looks elsewhere in the document. */
function encodePoint(codePoint: number): string {
  if (codePoint === 0xa0) return ' '
  return encodeText(String.fromCodePoint(codePoint)).toLowerCase()
}

function collapse(text: string): string {
  return text.replace(WHITE_SPACE, ' ').replace(/^ | $/g, '')
}
