/** What a page makes of a number: it divides by `per`, and adds. */
export interface Scale {
  readonly per: number
  readonly plus?: 32 | undefined
}

/** Of cents is left out: it is tried with every number. */
const UNITS: readonly Scale[] = [
  // Thousands, millions: grams as kilograms, bytes as megabytes.
  ...[10, 1_000, 1_000_000, 1_000_000_000, 1_024, 1_024 ** 2, 1_024 ** 3].map((per) => ({ per })),
  // Seconds and minutes.
  ...[60, 3_600, 86_400].map((per) => ({ per })),
  // Inches, feet, miles, pounds, ounces, and back, as exactly as people write them.
  ...[
    2.54, 25.4, 0.3048, 1.609344, 1.60934, 1.609, 0.45359237, 0.453592, 0.4536, 28.349523125, 28.3495, 28.35,
  ].flatMap((per) => [{ per }, { per: 1 / per }]),
  ...[2.20462, 2.2046, 2.205, 2.2, 0.621371, 3.28084, 0.393701, 0.035274].map((times) => ({
    per: 1 / times,
  })),
  // Kilojoules, metres a second.
  ...[4.184, 1 / 3.6, 3.6].map((per) => ({ per })),
  { per: 1 / 1.8, plus: 32 },
]
const PERCENT: Scale = { per: 0.01 }
/** What the words of compact numbers stand for, such as `K`, `Mio.` and `万`. */
const COMPACT = [1e3, 1e4, 1e6, 1e8, 1e9, 1e12]

const TOKEN = /\d+(?:[.,’' ]\d+)*/g
const UNIT = /[\p{L}°"″′']/u

/** A number in its scale. */
export function scaled(value: number, { per, plus }: Scale): number {
  const made = per < 1 ? value * (1 / per) : value / per
  return plus === undefined ? made : made + plus
}

/** The scales in which a page may write numbers in this text: units stand beside numbers of two digits at least, percents have their sign. */
export function scalesOf(shown: string): readonly Scale[] {
  const digits = shown.replace(/\D/g, '').length
  if (/%/.test(shown)) return [PERCENT]
  return digits >= 2 && digits <= 15 && UNIT.test(shown) ? UNITS : []
}

/** The values that a text could be of, in other scales: from, to. */
export function rangesOf(shown: string): readonly (readonly [from: number, to: number])[] {
  const scales = scalesOf(shown)
  const compact = UNIT.test(shown) ? COMPACT : []
  if (scales.length === 0 && compact.length === 0) return []
  return numbersIn(shown).flatMap((number) => [
    ...scales.map((scale) => {
      const bare = number - (scale.plus ?? 0)
      return [(bare - 1) * scale.per, (bare + 1) * scale.per] as const
    }),
    ...compact.map((times) => [(number - 1) * times, (number + 1) * times] as const),
  ])
}

/** The numbers that a text may say, with a point or a comma before the decimals. */
function numbersIn(shown: string): number[] {
  return [...shown.matchAll(TOKEN)].slice(0, 4).flatMap(([token]) => {
    const whole = Number(token.replace(/\D/g, ''))
    const at = Math.max(token.lastIndexOf('.'), token.lastIndexOf(','))
    return at === -1 ? [whole] : [whole, whole / 10 ** (token.length - 1 - at)]
  })
}
