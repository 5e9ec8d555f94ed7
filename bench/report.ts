import { median, type PeerResult } from './measure.ts'

/** A figure, and what is promised of it; without either bound it is only shown. */
export interface Budget {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

/** The median of the ratios of each round, whose two sides were measured in the same minute. */
export function ratio(
  results: readonly PeerResult[],
  mine: string,
  theirs: string,
  atLeast?: number,
  name = `${mine} / ${theirs}`,
): Budget {
  const [a, b] = [mine, theirs].map((peer) => results.find((result) => result.name === peer))
  const paired = a && b && a.rounds.length === b.rounds.length
  const value = paired
    ? median(a.rounds.map((rate, i) => rate / (b.rounds[i] ?? Number.NaN)))
    : (a?.median ?? 0) / (b?.median ?? 1)
  return { name, value, unit: '×', ...(atLeast === undefined ? {} : { atLeast }) }
}

export function rateLine({ name, median: rate, rounds }: PeerResult): string {
  const [low, high] = [Math.min(...rounds), Math.max(...rounds)]
  return `${name.padEnd(64)} ${figure(rate).padStart(9)} requests/s   (${figure(low)} to ${figure(high)})`
}

export function budgetLine({ name, value, unit, atLeast, atMost }: Budget): string {
  const met = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
  const isPromised = atLeast !== undefined || atMost !== undefined
  const target = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  const verdict = isPromised ? (met ? 'met   ' : 'MISSED') : '      '
  return `${verdict} ${name.padEnd(88)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(4)}${isPromised ? ` (${target})` : ''}`
}

/** Rows whose columns stand beneath each other; the first is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')
}

export function figure(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
