import { expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { FAULTS } from '../../chaos/faults.ts'
import { runChaos } from '../../chaos/run-chaos.ts'

// `npm run chaos` runs it for minutes.
it('each kind of fault, once: every request has one outcome, nothing acknowledged is lost, nothing comes twice', {
  timeout: 900_000,
}, async () => {
  const said: string[] = []
  const report = await runChaos({
    keys: generateKey(),
    seed: 30_113,
    until: { ofEachKind: 1 },
    workers: 2,
    lanes: 3,
    lockMs: 3_000,
    say: (line) => said.push(line),
  })
  expect(report.broken, said.join('\n')).toEqual([])
  expect(Object.keys(report.recoveries).toSorted()).toEqual(Object.keys(FAULTS).toSorted())
  for (const { count } of Object.values(report.recoveries)) expect(count).toBe(1)
  // There was something to lose.
  expect(report.outcomes['done']).toBeGreaterThan(0)
  expect(Math.min(report.written, report.ordered, report.solves)).toBeGreaterThan(0)
})
