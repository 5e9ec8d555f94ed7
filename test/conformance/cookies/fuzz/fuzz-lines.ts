import type { RequestContext } from '../../../../src/record/cookie.ts'
import { type Dice, dice } from '../../../support/random.ts'
import type { ChromiumOracle } from '../chromium-oracle.ts'
import { JarUnderTest } from '../jar-under-test.ts'
import { difference, ourJar, type ShownJar } from '../shown-jar.ts'
import type { Disagreement } from './fuzz-chromium.ts'
import { drawLine } from './grammar.ts'

/** Few enough that a site's limit of 180 cookies is never met. */
export const CASES_AT_ONCE = 56
export const LINES = 3
export const PATHS = [
  ...[
    '/',
    '/a',
    '/a/b',
    '/a/b/c',
    '/a/',
    '/A/b',
    '/a//b',
    '/%61/b',
    '/%C3%BC/x',
    '/\xfc/x',
    '/a;b/c',
    '/a=b/c',
    "/'/c",
    '/a/..;/b',
  ],
]

interface Case {
  readonly url: string
  readonly asked: string
  readonly lines: readonly string[]
  readonly date: string | undefined
}

/**
 * Lines that responses bring to a page's own fetches, many hosts at once: what the jar holds afterwards, and what is
 * sent then.
 */
export async function fuzzLines(oracle: ChromiumOracle, seed: number): Promise<Disagreement[]> {
  const { page, server } = oracle
  const random = dice(seed)
  const scheme = random.pick(['https', 'https', 'https', 'http'])
  const top = `${scheme}://top.fuzz.test/`
  const cases = Array.from({ length: CASES_AT_ONCE }, (_, i) => drawCase(random, scheme, i))
  await page.context().clearCookies()
  await page.goto(top)
  for (const { url, lines, date } of cases) {
    const headers = lines.map((line) => `Set-Cookie: ${line}`)
    server.answer(url, date === undefined ? headers : [...headers, `Date: ${date}`])
  }
  await page.evaluate(
    fetchAll,
    cases.map((each) => each.url),
  )
  server.take()
  const theirs = await oracle.jar()
  await page.evaluate(
    fetchAll,
    cases.map((each) => each.asked),
  )
  const sent = new Map(server.take().map(({ url, cookie }) => [url, cookie]))
  const found: Disagreement[] = []
  for (const each of cases) {
    const test = new JarUnderTest()
    test.now = Date.now()
    const context: RequestContext = { kind: 'fetch', initiator: top }
    for (const line of each.lines) test.set(line, each.url, context, each.date ?? null)
    const what = difference(ourJar(test.jar.all()), ofHost(theirs, new URL(each.url).hostname))
    const header = test.jar.header(new URL(each.asked), context)
    const their = sent.get(new URL(each.asked).href)
    if (header !== their)
      what.push(`Onejar sends ${JSON.stringify(header)}, Chromium ${JSON.stringify(their)}`)
    if (what.length > 0) found.push({ seed, case: each, what })
  }
  return found
}

function drawCase(random: Dice, scheme: string, index: number): Case {
  const site = `h${index}.fuzz.test`
  const host = `www.${site}`
  const wishes = {
    lineBreaks: false,
    domains: [
      ...[
        host,
        site,
        `.${host}`,
        `.${site}`,
        `..${site}`,
        site.toUpperCase(),
        `${site}.`,
        `.${site}.`,
        `x.${host}`,
        '',
      ],
      ...[
        '.',
        '..',
        'test',
        '.test',
        'fuzz',
        `h${index}`,
        `h.fuzz.test`,
        `xh${index}.fuzz.test`,
        'other.test',
        '127.0.0.1',
        '[::1]',
      ],
      ...[
        `"${site}"`,
        `${site}:443`,
        `${site}/`,
        `${site} x`,
        `www .${site}`,
        `%77ww.${site}`,
        `\xef\xbd\x97ww.${site}`,
        `*.${site}`,
      ],
      ...[
        `http://${site}`,
        `${site}\xe3\x80\x82`,
        `b\xc3\xbccher.${site}`,
        `${site}=x`,
        `${site},${host}`,
        `\xad${site}`,
      ],
    ],
    fewNames: random.once(4),
  }
  return {
    url: `${scheme}://${host}${random.pick(PATHS)}?set`,
    asked: `${scheme}://${host}${random.pick(PATHS)}?get`,
    lines: Array.from({ length: 1 + random.below(LINES) }, () => drawLine(random, wishes)),
    date: random.once(4) ? drawDateHeader(random) : undefined,
  }
}

/** A server's clock that runs behind or ahead, in the forms that servers write. */
function drawDateHeader(random: Dice): string {
  const hours = random.pick([-100_000, -48, -1, 0, 1, 48, 100_000])
  const at = new Date(Date.now() + hours * 3_600_000)
  const [weekday, day, month, year, time] = at.toUTCString().replace(',', '').split(' ') as string[]
  return random.pick([
    at.toUTCString(),
    at.toUTCString(),
    `${weekday}day, ${day}-${month}-${year!.slice(2)} ${time} GMT`,
    `${weekday} ${month} ${day} ${time} ${year}`,
    `${weekday}, ${day} ${month} ${year} ${time} ${random.pick(['+0200', '-0730', 'PST', 'EDT', 'UTC', '', 'XYZ', '+9'])}`,
    `${day} ${month} ${year} ${time}`,
    random.pick([
      '',
      '0',
      'now',
      at.toISOString(),
      'Tue, 24 Foo 2026 10:00:00 GMT',
      'Tue, 40 Nov 2026 10:00:00 GMT',
    ]),
  ])
}

function ofHost(jar: ShownJar, host: string): ShownJar {
  return new Map(
    [...jar].filter(([cookie]) => `.${host}`.endsWith(`.${cookie.split('\n')[0]!.replace(/^\./, '')}`)),
  )
}

async function fetchAll(urls: string[]): Promise<void> {
  const load = (url: string) =>
    fetch(url, { mode: 'no-cors', credentials: 'include' }).then(
      (r) => r.text(),
      () => '',
    )
  await Promise.all(urls.map(load))
}
