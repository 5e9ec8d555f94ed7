import type { Tokenizer } from 'htmlparser2'
import type { Attributes, HtmlDocument } from './html-document.ts'
import { HTML_INTEGRATION, OPEN_CLOSES, SVG_NAMES, VOID_ELEMENTS } from './html-tables.ts'

type Callbacks = ConstructorParameters<typeof Tokenizer>[1]

const NONE: Attributes = Object.freeze({ __proto__: null } as never)

/** More than any real page has; each element costs memory. */
const MAX_ELEMENTS = 3_000_000

/** A document has more elements than can be held. */
export class TooManyElements extends Error {}

/**
 * Makes the tree from the tokenizer's calls. Each tag costs the same however many elements are open: htmlparser2's own parser
 * looks through all of them, and takes minutes for deep nesting. The content of a `template` is left out, but for the tree
 * of its parent that it declares (`shadowrootmode`), which browsers show.
 */
export class TreeBuilder implements Callbacks {
  readonly #html: string
  readonly #names: string[] = []
  readonly #attributes: Attributes[] = []
  readonly #parents: number[] = []
  readonly #previous: number[] = []
  readonly #textStarts: number[] = []
  readonly #textEnds: number[] = []
  readonly #texts: string[] = []
  readonly #textParents: number[] = []
  /** Names of the open elements, the innermost last, and their numbers; -2 inside a template. */
  readonly #open: string[] = []
  readonly #openNumbers: number[] = []
  /** How many elements of a name are open. */
  readonly #openCounts = new Map<string, number>()
  /** The last child of each open element, and of the document first. */
  readonly #lastChildren: number[] = [-1]
  /** For each open SVG, MathML or HTML integration point: whether its content is foreign. */
  readonly #foreign: ('svg' | 'math' | null)[] = [null]
  #templates = 0
  #tag = ''
  #tagAttributes: Record<string, string> | null = null
  #attribute = ''
  #value = ''

  constructor(html: string) {
    this.#html = html
  }

  get document(): HtmlDocument {
    return {
      count: this.#names.length,
      names: this.#names,
      attributes: this.#attributes,
      parents: this.#parents,
      previous: this.#previous,
      textStarts: this.#textStarts,
      textEnds: this.#textEnds,
      texts: this.#texts,
      textParents: this.#textParents,
    }
  }

  ontext(start: number, end: number): void {
    this.#text(this.#html.slice(start, end))
  }

  ontextentity(codePoint: number): void {
    this.#text(String.fromCodePoint(codePoint))
  }

  isInForeignContext(): boolean {
    return this.#foreign.at(-1) !== null
  }

  onopentagname(start: number, end: number): void {
    this.#begin(this.#nameOf(start, end))
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#html.slice(start, end).toLowerCase()
  }

  onattribdata(start: number, end: number): void {
    this.#value += this.#html.slice(start, end)
  }

  onattribentity(codePoint: number): void {
    this.#value += String.fromCodePoint(codePoint)
  }

  onattribend(): void {
    if (this.#tag !== '') {
      this.#tagAttributes ??= { __proto__: null } as never as Record<string, string>
      if (!(this.#attribute in this.#tagAttributes)) this.#tagAttributes[this.#attribute] = this.#value
    }
    this.#value = ''
  }

  onopentagend(): void {
    if (this.#tag === '') return
    this.#push(this.#tag, this.#tagAttributes ?? NONE)
    this.#tag = ''
  }

  onselfclosingtag(): void {
    const closes = this.isInForeignContext()
    const name = this.#tag
    this.onopentagend()
    if (closes && name !== '' && !VOID_ELEMENTS.has(name)) this.#pop()
  }

  onclosetag(start: number, end: number): void {
    const name = this.#nameOf(start, end)
    if (VOID_ELEMENTS.has(name)) {
      if (name === 'br') this.#push('br', NONE)
      return
    }
    if (this.#isOpen(name)) {
      for (let closed = ''; closed !== name; ) closed = this.#pop()
    } else if (name === 'p') {
      this.#begin('p')
      this.onopentagend()
      this.#pop()
    }
  }

  oncdata(start: number, end: number, offset: number): void {
    if (this.isInForeignContext()) this.ontext(start, end - offset)
  }

  oncomment(): void {}

  ondeclaration(): void {}

  onprocessinginstruction(): void {}

  onend(): void {
    while (this.#open.length > 0) this.#pop()
  }

  #nameOf(start: number, end: number): string {
    const name = this.#html.slice(start, end).toLowerCase()
    if (this.#foreign.at(-1) === 'svg') return SVG_NAMES.get(name) ?? name
    if (this.#foreign.length > 1) {
      const adjusted = SVG_NAMES.get(name)
      if (adjusted !== undefined && this.#isOpen(adjusted)) return adjusted
    }
    return name === 'image' && !this.isInForeignContext() ? 'img' : name
  }

  #begin(name: string): void {
    this.#tagAttributes = null
    // Forms do not nest.
    if (name === 'form' && this.#isOpen('form')) {
      this.#tag = ''
      return
    }
    const closes = OPEN_CLOSES.get(name)
    if (closes) while (closes.has(this.#open.at(-1) ?? '')) this.#pop()
    this.#tag = name
    if (name === 'svg' || name === 'math') this.#foreign.push(name)
    else if (HTML_INTEGRATION.has(name)) this.#foreign.push(null)
  }

  #push(name: string, attributes: Attributes): void {
    const shown = this.#templates === 0
    const number = shown ? this.#names.length : -2
    if (shown) {
      if (number >= MAX_ELEMENTS) throw new TooManyElements('The document has too many elements')
      this.#names.push(name)
      this.#attributes.push(attributes)
      this.#parents.push(this.#openNumbers.at(-1) ?? -1)
      this.#previous.push(this.#lastChildren.at(-1) as number)
      this.#lastChildren[this.#lastChildren.length - 1] = number
      this.#textStarts.push(this.#texts.length)
      this.#textEnds.push(this.#texts.length)
    }
    if (VOID_ELEMENTS.has(name)) return
    this.#open.push(name)
    this.#openNumbers.push(number)
    this.#openCounts.set(name, (this.#openCounts.get(name) ?? 0) + 1)
    this.#lastChildren.push(-1)
    if (this.#isInert(name, number)) this.#templates++
  }

  #pop(): string {
    const name = this.#open.pop() as string
    const number = this.#openNumbers.pop() as number
    this.#openCounts.set(name, (this.#openCounts.get(name) as number) - 1)
    this.#lastChildren.pop()
    if (this.#isInert(name, number)) this.#templates--
    if (name === 'svg' || name === 'math' || HTML_INTEGRATION.has(name)) this.#foreign.pop()
    if (number >= 0) this.#textEnds[number] = this.#texts.length
    return name
  }

  #isInert(name: string, number: number): boolean {
    if (name !== 'template') return false
    return number < 0 || !/^(?:open|closed)$/i.test(this.#attributes[number]?.['shadowrootmode'] ?? '')
  }

  #isOpen(name: string): boolean {
    return (this.#openCounts.get(name) ?? 0) > 0
  }

  #text(text: string): void {
    if (this.#templates > 0) return
    this.#texts.push(text)
    this.#textParents.push(this.#openNumbers.at(-1) ?? -1)
  }
}
