import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cookie } from '../../src/record/cookie.ts'
import {
  type ChromiumOracle,
  type OracleStep,
  startChromiumOracle,
} from '../conformance/cookies/chromium-oracle.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'
import { ROWS, type Row, type RowStep } from '../conformance/cookies/rows.ts'

type ShownCookie = Awaited<ReturnType<ChromiumOracle['jar']>>[number]

const ROWS_WITHOUT_WAITING = ROWS.filter((row) => row.steps.every((step) => !('wait' in step)))
const RULES = [...new Set(ROWS_WITHOUT_WAITING.map((row) => row.rule))]
/** Expiry is counted from receipt, and the two sides do not receive at the same instant. */
const SLACK_S = 10

let chromium: ChromiumOracle

beforeAll(async () => {
  chromium = await startChromiumOracle()
}, 30_000)

afterAll(() => chromium.close())

// A test per rule: a test per row would spend more on starting tests than on asking.
describe('the conformance table, put to Chromium', () => {
  it.each(RULES)('%s', { timeout: 60_000 }, async (rule) => {
    for (const row of ROWS_WITHOUT_WAITING.filter((each) => each.rule === rule)) await check(row)
  })
})

async function check({ says, steps }: Row): Promise<void> {
  const wanted = steps.flatMap((step) => ('get' in step ? [step.header] : []))
  const ours = new JarUnderTest()
  ours.now = Date.now()
  expect(ours.replay(steps), `Onejar: ${says}`).toEqual(wanted)
  expect(await chromium.ask(steps.filter(isAsked)), `Chromium: ${says}`).toEqual(wanted)
  const theirs = await chromium.jar()
  const [mine, seen] = [ours.jar.all().map(shown), theirs.map(withoutNoise)].map((each) => each.sort(byText))
  expect(mine!.map(withoutExpiry), `The jars: ${says}`).toEqual(seen!.map(withoutExpiry))
  for (const [i, cookie] of mine!.entries()) {
    expect(Math.abs(cookie.expires - seen![i]!.expires), `Expiry: ${says}`).toBeLessThan(SLACK_S)
  }
}

function isAsked(step: RowStep): step is Extract<RowStep, OracleStep> {
  return !('wait' in step)
}

/** A cookie as Playwright shows it: text, seconds, -1 for the session, and Lax for an unspecified SameSite. */
function shown(cookie: Cookie) {
  return {
    name: text(cookie.name),
    value: text(cookie.value),
    domain: `${cookie.hostOnly ? '' : '.'}${cookie.domain}`,
    path: text(cookie.path),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: { strict: 'Strict', lax: 'Lax', none: 'None', unspecified: 'Lax' }[cookie.sameSite],
    partition: cookie.partitionKey?.topLevelSite ?? '',
    expires: cookie.expiresAt === null ? -1 : cookie.expiresAt / 1000,
  }
}

function withoutNoise(cookie: ShownCookie): ReturnType<typeof shown> {
  const { name, value, domain, path, secure, httpOnly, sameSite, partitionKey, expires } = cookie
  return { name, value, domain, path, secure, httpOnly, sameSite, partition: partitionKey ?? '', expires }
}

function withoutExpiry(cookie: ReturnType<typeof shown>) {
  return { ...cookie, expires: cookie.expires === -1 ? 'session' : 'dated' }
}

/** Bytes as the DevTools protocol shows them: those that are no UTF-8 are left out. */
function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\ufffd', '')
}

function byText(a: ReturnType<typeof shown>, b: ReturnType<typeof shown>): number {
  const [x, y] = [a, b].map((each) => `${each.domain} ${each.path} ${each.name} ${each.partition}`)
  return x! < y! ? -1 : 1
}
