import type { HtmlDocument } from './html-document.ts'
import { Matcher } from './matcher.ts'
import type { SelectorList } from './selector-types.ts'
import type { Steps } from './steps.ts'

/** Answers selectors on one document. */
export class Selection {
  readonly #matcher: Matcher

  constructor(document: HtmlDocument) {
    this.#matcher = new Matcher(document)
  }

  /** The numbers of the elements that match, in the order of the document. */
  *all(selector: SelectorList): Steps<number[]> {
    const set = yield* this.#matcher.match(selector)
    const found: number[] = []
    for (let i = set.indexOf(1); i !== -1; i = set.indexOf(1, i + 1)) found.push(i)
    return found
  }

  /** The first of them; -1 where there is none. */
  *first(selector: SelectorList): Steps<number> {
    return (yield* this.#matcher.match(selector)).indexOf(1)
  }
}
