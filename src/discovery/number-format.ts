import { NEGATIVE_FORMS, type NegativeForm, type NumberFormat } from '../record/index.ts'
import { scaled, scalesOf } from './scales.ts'

const TOKEN = /\d+(?:[.,’' ]\d+)*/g
const GROUPS = [',', '.', ' ', "'", '’'] as const
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

/** The number that a value is; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) < 1e15 ? value : undefined
  return typeof value === 'string' && value.length <= 20 && NUMBER.test(value) ? Number(value) : undefined
}

/** Every format that makes exactly this text of this number. */
export function numberFormats(value: number, shown: string): NumberFormat[] {
  const found: NumberFormat[] = []
  for (const { 0: token, index } of shown.matchAll(TOKEN)) {
    const around = [shown.slice(0, index), shown.slice(index + token.length)] as const
    if (/\d/.test(around.join(''))) continue
    for (const format of [...candidates(token), ...inScales(value, token, shown)]) {
      for (const bare of scaled(value, format) < 0
        ? negatives(around)
        : [{ before: around[0], after: around[1] }]) {
        const made = { ...format, ...bare }
        if (writtenNumber(value, made) === shown) found.push(made)
      }
    }
  }
  return found
}

/** What stands around a negative number without its mark, for each mark. */
function* negatives([before, after]: readonly [string, string]) {
  for (const negative of NEGATIVE_FORMS) {
    const [start, end] = marksOf(negative)
    const isFront = negative.startsWith('front')
    const hasStart = isFront ? before.startsWith(start) : before.endsWith(start)
    const hasEnd = isFront ? after.endsWith(end) : after.startsWith(end)
    if (!hasStart || !hasEnd) continue
    yield {
      before: isFront ? before.slice(start.length) : before.slice(0, before.length - start.length),
      after: isFront ? after.slice(0, after.length - end.length) : after.slice(end.length),
      negative,
    }
  }
}

function marksOf(negative: NegativeForm): readonly [start: string, end: string] {
  const mark = negative.split(' ').at(-1) as string
  if (mark === '()') return ['(', ')']
  return negative.startsWith('back') ? ['', mark] : [mark, '']
}

type Bare = Omit<NumberFormat, 'before' | 'after' | 'negative'>

/** The formats that a text can have been written in. Of one without groups nobody knows what they would be: all are. */
function* candidates(token: string): Generator<Bare> {
  const separators = token.replace(/\d/g, '')
  for (const point of ['.', ','] as const) {
    const at = separators.endsWith(point) && separators.indexOf(point) === separators.length - 1
    const shownDecimals = at ? token.length - 1 - token.lastIndexOf(point) : 0
    for (const decimals of [null, shownDecimals]) {
      for (const group of ['', ...GROUPS] as const) {
        if (group === point) continue
        for (const per of [1, 100]) {
          if (per === 100 && decimals === null) continue
          yield { as: 'number', decimals, group, point, per }
        }
      }
    }
  }
}

/** Those of a number in another unit. */
function* inScales(value: number, token: string, shown: string): Generator<Bare> {
  const size = Number(
    token
      .replace(/[^\d.,]/g, '')
      .replace(/[.,](?=\d{3}(?:\D|$))/g, '')
      .replace(',', '.'),
  )
  const scales = scalesOf(shown).filter((scale) => Math.abs(Math.abs(scaled(value, scale)) - size) <= 1)
  for (const format of scales.length === 0 ? [] : candidates(token)) {
    if (format.per === 1) for (const scale of scales) yield { ...format, ...scale }
  }
}

/** A number as a page writes it; empty where nobody knows how it marks a negative one. */
export function writtenNumber(
  value: number,
  { before, after, decimals, group, point, per, plus, negative }: NumberFormat,
): string {
  const signed = scaled(value, { per, plus })
  const number = Math.abs(signed)
  const plain = decimals === null ? String(number) : number.toFixed(decimals)
  if (plain.includes('e')) return ''
  const [whole = '', rest] = plain.split('.')
  const grouped = group === '' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, group)
  const made = grouped + (rest === undefined ? '' : point + rest)
  if (signed >= 0) return before + made + after
  if (negative === undefined) return ''
  const [start, end] = marksOf(negative)
  return negative.startsWith('front')
    ? start + before + made + after + end
    : before + start + made + end + after
}
