import { textToBytes } from '../../../../src/record/codecs/text-bytes.ts'
import { dice } from '../../../support/random.ts'
import type { ChromiumOracle } from '../chromium-oracle.ts'
import { JarUnderTest } from '../jar-under-test.ts'
import { difference, ourJar } from '../shown-jar.ts'
import type { Disagreement } from './fuzz-chromium.ts'
import { CASES_AT_ONCE, LINES, PATHS } from './fuzz-lines.ts'
import { drawLine } from './grammar.ts'

/** Lines that a script writes into `document.cookie`: what the jar holds afterwards, and what the script reads back. */
export async function fuzzScripts(oracle: ChromiumOracle, seed: number): Promise<Disagreement[]> {
  const { page } = oracle
  const random = dice(seed)
  const origin = random.pick([
    'https://www.script.test',
    'http://www.script.test',
    'http://localhost',
    'https://script.test.',
    'http://127.0.0.1',
  ])
  const host = new URL(origin).hostname
  const url = `${origin}${random.pick(PATHS)}`
  await page.goto(url)
  const parent = host.replace(/^www\./, '')
  const wishes = {
    lineBreaks: true,
    domains: [host, parent, `.${parent}`, 'test', '', parent.toUpperCase(), 'x.test', `.${host}`],
  }
  const found: Disagreement[] = []
  for (let i = 0; i < CASES_AT_ONCE; i++) {
    await page.context().clearCookies()
    const lines = Array.from({ length: 1 + random.below(LINES) }, () =>
      drawLine(random, { ...wishes, fewNames: random.once(3) }),
    )
    const texts = lines.map((line) => (random.once(2) ? line : Buffer.from(line, 'latin1').toString('utf8')))
    const their = await page.evaluate(write, texts)
    const theirs = await oracle.jar()
    const test = new JarUnderTest()
    test.now = Date.now()
    for (const text of texts) test.set(textToBytes(text), page.url(), { via: 'document.cookie' })
    const what = difference(ourJar(test.jar.all()), theirs)
    const header = Buffer.from(
      test.jar.header(new URL(page.url()), { via: 'document.cookie' }),
      'latin1',
    ).toString('utf8')
    if (header !== their)
      what.push(`Onejar shows ${JSON.stringify(header)}, Chromium ${JSON.stringify(their)}`)
    if (what.length > 0) found.push({ seed, case: { url: page.url(), texts }, what })
  }
  return found
}

function write(lines: string[]): string {
  for (const line of lines) document.cookie = line
  return document.cookie
}
