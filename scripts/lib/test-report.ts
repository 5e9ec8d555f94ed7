/** What one runner did, per kind of test. */
export interface Tally {
  passed: number
  failed: number
  /** Why something counts as failed that no test reported. */
  problems: string[]
}

/** The parts of vitest's JSON report that are read. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly startTime: number
    readonly endTime: number
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** The parts of Playwright Test's JSON report that are read. */
export interface PlaywrightReport {
  readonly errors: readonly { readonly message?: string }[]
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
}

/**
 * Counts a vitest run per kind, which is the folder under `test/`. A skipped test counts as failed, and so does a file that could not be
 * loaded, a kind in which nothing ran, and an exit code that no failure explains.
 */
export function tallyVitest(
  report: VitestReport | null,
  kinds: readonly string[],
  exitCode: number | null,
): Tally {
  const tally: Tally = { passed: 0, failed: 0, problems: [] }
  const ran = new Set<string>()
  for (const file of report?.testResults ?? []) {
    for (const { status, fullName } of file.assertionResults) {
      ran.add(/\/test\/([^/]+)\//.exec(file.name)?.[1] ?? '')
      if (status === 'passed') tally.passed++
      else tally.failed++
      if (status !== 'passed' && status !== 'failed') tally.problems.push(`${status}: ${fullName}`)
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      fail(tally, `${file.name} could not be run`)
    }
  }
  for (const kind of kinds) if (!ran.has(kind)) fail(tally, `no test ran in test/${kind}`)
  if (exitCode !== 0 && tally.failed === 0) fail(tally, `vitest ended with ${exitCode}`)
  return tally
}

/** The files that took longest, as lines of a table. Others run at the same time: what one takes alone is less. */
export function slowestFiles(report: VitestReport | null, count: number): string[] {
  return (report?.testResults ?? [])
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(
      ({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name.replace(/^.*\/test\//, 'test/')}`,
    )
}

/** Counts a Playwright Test run, by the same rules: flaky and skipped are failed. */
export function tallyPlaywright(
  report: PlaywrightReport | null,
  kind: string,
  exitCode: number | null,
): Tally {
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report?.stats ?? {}
  const tally: Tally = { passed: expected, failed: unexpected + flaky + skipped, problems: [] }
  if (flaky > 0) tally.problems.push(`${flaky} flaky`)
  if (skipped > 0) tally.problems.push(`${skipped} skipped`)
  if (expected + tally.failed === 0) fail(tally, `no test ran in test/${kind}`)
  if (exitCode !== 0 && tally.failed === 0) {
    fail(tally, report?.errors[0]?.message ?? `Playwright Test ended with ${exitCode}`)
  }
  return tally
}

function fail(tally: Tally, problem: string): void {
  tally.failed++
  tally.problems.push(problem)
}
