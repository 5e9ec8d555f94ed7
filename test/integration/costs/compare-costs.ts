/** Counts by what was counted. */
export type Counts = Readonly<Record<string, number>>

export interface ExpectedCost {
  readonly count: number
  /** By which share more is still the same: for what is no whole number of things. Default: 0. */
  readonly within?: number
  /** Why it is as many as that. */
  readonly why: string
}

export type ExpectedCosts = Readonly<Record<string, ExpectedCost>>

/** What has changed, a line each; what has become less is `fewer`, which is no fault. */
export interface CostChanges {
  readonly grown: readonly string[]
  readonly fewer: readonly string[]
}

export function compareCosts(expected: ExpectedCosts, counted: Counts): CostChanges {
  const grown: string[] = []
  const fewer: string[] = []
  for (const [name, count] of Object.entries(counted)) {
    const known = expected[name]
    if (known === undefined) {
      grown.push(`${name}: ${count}, and nothing is expected of it`)
      continue
    }
    const { count: most, within = 0, why } = known
    const line = `${name}: ${most} -> ${count} (${change(most, count)}). Expected because: ${why}`
    if (count > most * (1 + within)) grown.push(line)
    else if (count < most * (1 - within)) fewer.push(line)
  }
  for (const name of Object.keys(expected))
    if (counted[name] === undefined) grown.push(`${name}: expected, and nobody has counted it`)
  return { grown, fewer }
}

/** The same with the counts of now. What is new says that its reason is missing. */
export function withCounts(expected: ExpectedCosts, counted: Counts): ExpectedCosts {
  return Object.fromEntries(
    Object.entries(counted).map(([name, count]) => [name, { why: '', ...expected[name], count }]),
  )
}

function change(before: number, after: number): string {
  const more = after - before
  const share = before === 0 ? '' : `, ${more > 0 ? '+' : ''}${Math.round((100 * more) / before)} %`
  return `${more > 0 ? '+' : ''}${more}${share}`
}
