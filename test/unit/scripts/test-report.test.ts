import { describe, expect, it } from 'vitest'
import {
  slowestFiles,
  tallyPlaywright,
  tallyVitest,
  type VitestReport,
} from '../../../scripts/lib/test-report.ts'

function file(
  name: string,
  statuses: readonly string[],
  status = 'passed',
  durationMs = 0,
): VitestReport['testResults'][number] {
  return {
    name,
    status,
    startTime: 1_000,
    endTime: 1_000 + durationMs,
    assertionResults: statuses.map((each, i) => ({ status: each, fullName: `test ${i}` })),
  }
}

describe('tallyVitest', () => {
  it('counts what passed and what failed', () => {
    const report = {
      testResults: [
        file('/x/test/unit/a.test.ts', ['passed', 'passed']),
        file('/x/test/property/b.test.ts', ['failed']),
      ],
    }
    expect(tallyVitest(report, ['unit', 'property'], 1)).toEqual({ passed: 2, failed: 1, problems: [] })
  })

  it.each(['skipped', 'pending', 'todo'])('counts a %s test as failed', (status) => {
    const report = { testResults: [file('/x/test/unit/a.test.ts', ['passed', status])] }
    expect(tallyVitest(report, ['unit'], 0)).toEqual({
      passed: 1,
      failed: 1,
      problems: [`${status}: test 1`],
    })
  })

  it('counts a kind in which nothing ran as failed', () => {
    const report = { testResults: [file('/x/test/unit/a.test.ts', ['passed'])] }
    expect(tallyVitest(report, ['unit', 'package'], 0)).toMatchObject({
      passed: 1,
      failed: 1,
      problems: ['no test ran in test/package'],
    })
  })

  it('counts a file that could not be loaded as failed', () => {
    const report = {
      testResults: [file('/x/test/unit/a.test.ts', ['passed']), file('/x/test/unit/b.test.ts', [], 'failed')],
    }
    expect(tallyVitest(report, ['unit'], 1)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('does not pass when the runner failed outside of the tests, or left no report', () => {
    const report = { testResults: [file('/x/test/unit/a.test.ts', ['passed'])] }
    expect(tallyVitest(report, ['unit'], 1)).toMatchObject({
      passed: 1,
      failed: 1,
      problems: ['vitest ended with 1'],
    })
    expect(tallyVitest(null, ['unit'], null).failed).toBe(1)
  })
})

describe('tallyPlaywright', () => {
  const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }

  it('counts what passed and what failed', () => {
    expect(tallyPlaywright({ errors: [], stats }, 'sync', 0)).toEqual({ passed: 3, failed: 0, problems: [] })
    expect(tallyPlaywright({ errors: [], stats: { ...stats, unexpected: 2 } }, 'sync', 1)).toMatchObject({
      passed: 3,
      failed: 2,
    })
  })

  it('counts flaky and skipped tests as failed', () => {
    expect(tallyPlaywright({ errors: [], stats: { ...stats, flaky: 1, skipped: 2 } }, 'sync', 0)).toEqual({
      passed: 3,
      failed: 3,
      problems: ['1 flaky', '2 skipped'],
    })
  })

  it('fails when nothing ran, when there is no report, and when an error hit no test', () => {
    const none = { ...stats, expected: 0 }
    expect(tallyPlaywright({ errors: [], stats: none }, 'sync', 0).failed).toBe(1)
    expect(tallyPlaywright(null, 'sync', 1).problems).toEqual(['no test ran in test/sync'])
    expect(tallyPlaywright({ errors: [{ message: 'teardown' }], stats }, 'sync', 1)).toEqual({
      passed: 3,
      failed: 1,
      problems: ['teardown'],
    })
  })
})

describe('slowestFiles', () => {
  it('has the longest first, and no more than are asked for', () => {
    const took = (name: string, ms: number) => file(`/x/onejar/test/${name}`, ['passed'], 'passed', ms)
    const testResults = [
      took('unit/a.test.ts', 30),
      took('property/b.test.ts', 12_340),
      took('unit/c.test.ts', 1_500),
    ]
    expect(slowestFiles({ testResults }, 2)).toEqual([
      '   12.3 s  test/property/b.test.ts',
      '    1.5 s  test/unit/c.test.ts',
    ])
  })

  it('has none where there is no report', () => {
    expect(slowestFiles(null, 2)).toEqual([])
  })
})
