import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ChromiumOracle,
  type OracleStep,
  startChromiumOracle,
} from '../conformance/cookies/chromium-oracle.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'
import { ROWS, type Row, type RowStep } from '../conformance/cookies/rows.ts'
import { difference, ourJar } from '../conformance/cookies/shown-jar.ts'

const ROWS_WITHOUT_WAITING = ROWS.filter((row) => row.steps.every((step) => !('wait' in step)))
const RULES = [...new Set(ROWS_WITHOUT_WAITING.map((row) => row.rule))]

let chromium: ChromiumOracle

beforeAll(async () => {
  chromium = await startChromiumOracle()
})

afterAll(() => chromium.close())

// A test per rule: a test per row would spend more on starting tests than on asking.
describe('the conformance table, put to Chromium', () => {
  it.each(RULES)('%s', async (rule) => {
    for (const row of ROWS_WITHOUT_WAITING.filter((each) => each.rule === rule)) await check(row)
  })
})

async function check({ says, steps }: Row): Promise<void> {
  const wanted = steps.flatMap((step) => ('get' in step ? [step.header] : []))
  const ours = new JarUnderTest()
  ours.now = Date.now()
  expect(ours.replay(steps), `Onejar: ${says}`).toEqual(wanted)
  expect(await chromium.ask(steps.filter(isAsked)), `Chromium: ${says}`).toEqual(wanted)
  expect(difference(ourJar(ours.jar.all()), await chromium.jar()), `The jars: ${says}`).toEqual([])
}

function isAsked(step: RowStep): step is Extract<RowStep, OracleStep> {
  return !('wait' in step)
}
