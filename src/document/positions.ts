import type { HtmlDocument } from './html-document.ts'
import { downFrom, type Steps, upTo } from './steps.ts'

/** The position of each element among its siblings, from 1 on. */
export interface Positions {
  readonly fromStart: Int32Array
  readonly fromEnd: Int32Array
}

type Column = readonly number[] | Int32Array

/**
 * Counts elements among their siblings.
 *
 * @param counted - those that count; null for all
 * @param before - the previous counted element of each; default: the previous sibling
 */
export function* numbers(
  document: HtmlDocument,
  counted: Uint8Array | null,
  before?: Column,
): Steps<Positions> {
  const { count } = document
  const column = before ?? (counted === null ? document.previous : yield* lastCounted(document, counted))
  const fromStart = new Int32Array(count)
  const fromEnd = new Int32Array(count).fill(1)
  yield* upTo(count, (i) => {
    const last = column[i] as number
    fromStart[i] = last < 0 ? 1 : (fromStart[last] as number) + 1
  })
  yield* downFrom(count, (i) => {
    const last = column[i] as number
    if (last >= 0 && (counted === null || counted[i] === 1)) fromEnd[last] = (fromEnd[i] as number) + 1
  })
  return { fromStart, fromEnd }
}

/** The previous counted sibling of each element. */
function* lastCounted({ count, previous }: HtmlDocument, counted: Uint8Array): Steps<Int32Array> {
  const last = new Int32Array(count)
  yield* upTo(count, (i) => {
    const before = previous[i] as number
    last[i] = before < 0 || counted[before] === 1 ? before : (last[before] as number)
  })
  return last
}

/** The previous sibling of the same name of each element. */
export function* lastOfType({ count, parents, names }: HtmlDocument): Steps<Int32Array> {
  const numbersOfNames = new Map<string, number>()
  const seen = new Map<number, number>()
  const last = new Int32Array(count)
  yield* upTo(count, (i) => {
    const name = names[i] as string
    let number = numbersOfNames.get(name)
    if (number === undefined) {
      number = numbersOfNames.size
      numbersOfNames.set(name, number)
    }
    const key = number * (count + 1) + (parents[i] as number) + 1
    last[i] = seen.get(key) ?? -1
    seen.set(key, i)
  })
  return last
}
