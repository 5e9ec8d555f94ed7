import { isEmpty, speaks } from './element-facts.ts'
import type { HtmlDocument } from './html-document.ts'
import { isNth } from './parse-nth.ts'
import { lastOfType, numbers, type Positions } from './positions.ts'
import { backward, forward } from './relations.ts'
import type { ComplexSelector, NthSelector, SelectorList, SimpleSelector } from './selector-types.ts'
import { type Steps, upTo } from './steps.ts'
import { holdsText } from './texts.ts'

/** A set of elements of a document: 1 for each member. */
export type ElementSet = Uint8Array

type Test = (element: number) => boolean

/**
 * Finds the elements of a document that selectors match. Each part of a selector is looked at for all elements in one pass, so
 * the time grows with their number and the selector's length, and with nothing else: neither siblings, depth nor nested
 * `:has()` multiply it.
 */
export class Matcher {
  readonly #document: HtmlDocument
  #all: Positions | undefined
  #ofType: Positions | undefined

  constructor(document: HtmlDocument) {
    this.#document = document
  }

  *match(list: SelectorList): Steps<ElementSet> {
    let found: ElementSet | undefined
    for (const complex of list) {
      const set = yield* this.#complex(complex)
      if (found === undefined) found = set
      else for (let i = 0; i < set.length; i++) found[i]! |= set[i] as number
      yield
    }
    return found ?? new Uint8Array(this.#document.count)
  }

  /** From left to right: the elements that each compound may follow. */
  *#complex(complex: ComplexSelector): Steps<ElementSet> {
    let set: ElementSet | null = null
    for (const { relation, compound } of complex) {
      const reached: ElementSet | null =
        set === null || relation === null ? null : yield* forward(this.#document, set, relation)
      set = yield* this.#compound(compound, reached)
    }
    return set as ElementSet
  }

  /** From right to left: the elements that have a match below or after them. */
  *#anchors(complex: ComplexSelector): Steps<ElementSet> {
    let set: ElementSet | null = null
    for (const { relation, compound } of complex.toReversed()) {
      const matching: ElementSet = yield* this.#compound(compound, set)
      set = yield* backward(this.#document, matching, relation ?? 'descendant')
    }
    return set as ElementSet
  }

  *#compound(parts: readonly SimpleSelector[], within: ElementSet | null): Steps<ElementSet> {
    const tests: Test[] = []
    for (const part of parts) tests.push(yield* this.#test(part))
    const set = new Uint8Array(this.#document.count)
    yield* upTo(set.length, (i) => {
      if (within !== null && within[i] === 0) return
      for (const test of tests) if (!test(i)) return
      set[i] = 1
    })
    return set
  }

  *#test(part: SimpleSelector): Steps<Test> {
    const { names, attributes, parents } = this.#document
    switch (part.kind) {
      case 'tag':
        return (i) => names[i] === part.name
      case 'attribute':
        return (i) => part.accepts(attributes[i]?.[part.name])
      case 'is':
      case 'not': {
        const set = yield* this.match(part.list)
        const wanted = part.kind === 'is' ? 1 : 0
        return (i) => set[i] === wanted
      }
      case 'has': {
        const set = new Uint8Array(this.#document.count)
        for (const complex of part.list) {
          const anchors = yield* this.#anchors(complex)
          yield* upTo(set.length, (i) => {
            set[i]! |= anchors[i] as number
          })
        }
        return (i) => set[i] === 1
      }
      case 'nth':
        return yield* this.#nth(part)
      case 'contains':
        return yield* holdsText(this.#document, part.text, part.anyCase)
      case 'lang':
        return yield* speaks(this.#document, part.ranges)
      case 'empty':
        return yield* isEmpty(this.#document)
      case 'top':
        return (i) => (parents[i] as number) < 0
      case 'never':
        return () => false
    }
  }

  *#nth({ step, offset, fromEnd, ofType, of }: NthSelector): Steps<Test> {
    const counted = of === null ? null : yield* this.match(of)
    const positions =
      counted === null ? yield* this.#positions(ofType) : yield* numbers(this.#document, counted)
    const column = fromEnd ? positions.fromEnd : positions.fromStart
    return (i) => (counted === null || counted[i] === 1) && isNth(column[i] as number, step, offset)
  }

  *#positions(ofType: boolean): Steps<Positions> {
    if (!ofType) {
      this.#all ??= yield* numbers(this.#document, null)
      return this.#all
    }
    this.#ofType ??= yield* numbers(this.#document, null, yield* lastOfType(this.#document))
    return this.#ofType
  }
}
