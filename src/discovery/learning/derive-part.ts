import type { DataPart, PartSource } from '../../record/index.ts'
import { isPlain } from '../json-path.ts'
import type { RequestPart } from '../request-parts.ts'
import type { PageView, ViewedExchange } from './view.ts'

/** The same page asked for at two pages, one value of each request. */
export interface PartPair {
  readonly a: RequestPart
  readonly b: RequestPart
}

/** An answer that came before, on both pages, and its number among the requests that are learned. */
export interface EarlierPair {
  readonly request: number
  readonly a: ViewedExchange
  readonly b: ViewedExchange
}

type Rule = Omit<DataPart, 'place' | 'isNumber' | 'from'>

const MAX_AFFIX_CHARS = 128
const INTEGER = /^\d{1,9}$/

/**
 * Where a value that is another one on each of two pages comes from: the page's URL, or an answer before it. The same rule has to make
 * both values. Undefined where there is none.
 *
 * @param sizes - whole numbers that both requests have: one of them may be the size of a page of a list
 */
export function derivePart(
  { a, b }: PartPair,
  pages: readonly [PageView, PageView],
  earlier: readonly EarlierPair[],
  sizes: readonly number[],
): DataPart | undefined {
  const made = (from: PartSource, rule: Rule): DataPart => ({
    place: a.place,
    from,
    ...rule,
    isNumber: typeof a.value === 'number',
  })
  const [first, second] = [String(a.value), String(b.value)]
  const [pageA, pageB] = pages
  let counted: DataPart | undefined
  for (const { source, value } of pageA.parts) {
    const key = JSON.stringify(source)
    const other = pageB.parts.find((part) => JSON.stringify(part.source) === key)?.value
    if (other === undefined || other === value) continue
    const rule = affixRule([value, first], [other, second])
    if (rule) return made(source, rule)
    const count = countRule([value, first], [other, second], sizes)
    if (count) counted ??= made(source, count)
  }
  if (counted) return counted
  for (const { request, a: before, b: after } of earlier) {
    for (const [document, leaves] of before.leaves) {
      const others = after.leaves.get(document) ?? []
      for (const { path, value } of leaves) {
        if (!isPlain(value, first)) continue
        const key = JSON.stringify(path)
        if (others.some((leaf) => isPlain(leaf.value, second) && JSON.stringify(leaf.path) === key)) {
          return made({ of: 'response', request, document, path }, PLAIN)
        }
      }
    }
  }
  return undefined
}

const PLAIN: Rule = { before: '', after: '', count: 'same' }

/** A page's part with the same text before and after it. */
function affixRule([partA, valueA]: [string, string], [partB, valueB]: [string, string]): Rule | undefined {
  for (let at = valueA.indexOf(partA); at !== -1; at = valueA.indexOf(partA, at + 1)) {
    const before = valueA.slice(0, at)
    const after = valueA.slice(at + partA.length)
    if (before.length > MAX_AFFIX_CHARS || after.length > MAX_AFFIX_CHARS) continue
    // What stands around a number is no digit.
    if (/\d$/.test(before) || /^\d/.test(after)) continue
    if (before + partB + after === valueB) return { before, after, count: 'same' }
  }
  return undefined
}

/** The number of a page of a list: counted from zero, or as how many come before it. */
function countRule(a: [string, string], b: [string, string], sizes: readonly number[]): Rule | undefined {
  if (![...a, ...b].every((text) => INTEGER.test(text))) return undefined
  const [partA, valueA] = a.map(Number) as [number, number]
  const [partB, valueB] = b.map(Number) as [number, number]
  const fits = (made: (part: number) => number) => made(partA) === valueA && made(partB) === valueB
  const rule = (count: DataPart['count']): Rule => ({ before: '', after: '', count })
  if (fits((part) => part - 1)) return rule('less-one')
  if (fits((part) => part + 1)) return rule('plus-one')
  for (const times of sizes) {
    if (times < 2) continue
    if (fits((part) => (part - 1) * times)) return rule({ times, less: 1 })
    if (fits((part) => part * times)) return rule({ times, less: 0 })
  }
  return undefined
}
