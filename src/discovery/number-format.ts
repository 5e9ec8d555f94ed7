import type { NumberFormat } from '../record/index.ts'

const TOKEN = /-?\d+(?:[.,’' ]\d+)*/g
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
    const before = shown.slice(0, index)
    const after = shown.slice(index + token.length)
    if (/\d/.test(before + after)) continue
    for (const format of candidates(token)) {
      const made = { ...format, before, after }
      if (writtenNumber(value, made) === shown) found.push(made)
    }
  }
  return found
}

type Bare = Omit<NumberFormat, 'before' | 'after'>

/** The formats that a text can have been written in. Of one without groups nobody knows what they would be: all are. */
function* candidates(token: string): Generator<Bare> {
  const separators = token.replace(/[-\d]/g, '')
  for (const point of ['.', ','] as const) {
    const at = separators.endsWith(point) && separators.indexOf(point) === separators.length - 1
    const shownDecimals = at ? token.length - 1 - token.lastIndexOf(point) : 0
    for (const decimals of [null, shownDecimals]) {
      for (const group of ['', ...GROUPS] as const) {
        if (group === point) continue
        for (const per of [1, 100] as const) {
          if (per === 100 && decimals === null) continue
          yield { as: 'number', decimals, group, point, per }
        }
      }
    }
  }
}

export function writtenNumber(
  value: number,
  { before, after, decimals, group, point, per }: NumberFormat,
): string {
  const number = per === 100 ? value / 100 : value
  const plain = decimals === null ? String(number) : number.toFixed(decimals)
  if (plain.includes('e')) return ''
  const [whole = '', rest] = plain.split('.')
  const grouped = group === '' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, group)
  return before + grouped + (rest === undefined ? '' : point + rest) + after
}
