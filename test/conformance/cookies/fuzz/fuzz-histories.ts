import type { Page } from 'playwright'
import { textToBytes } from '../../../../src/record/codecs/text-bytes.ts'
import type { RequestContext } from '../../../../src/record/cookie.ts'
import { type Dice, dice } from '../../../support/random.ts'
import type { ChromiumOracle, OracleStep } from '../chromium-oracle.ts'
import { JarUnderTest } from '../jar-under-test.ts'
import { difference, ourJar } from '../shown-jar.ts'
import type { Disagreement } from './fuzz-chromium.ts'
import { drawLine } from './grammar.ts'

const HOSTS = [
  ...[
    'a.test',
    'www.a.test',
    'x.www.a.test',
    'b.test',
    'www.b.test',
    'me.github.io',
    'you.github.io',
    'github.io',
  ],
  ...[
    'shop.co.uk',
    'co.uk',
    'localhost',
    'sub.localhost',
    '127.0.0.1',
    '[::1]',
    'intranet',
    'a.test.',
    'xn--bcher-kva.test',
  ],
]
const DOMAINS = [
  ...[
    'a.test',
    '.a.test',
    'www.a.test',
    '.www.a.test',
    'b.test',
    'test',
    'github.io',
    '.github.io',
    'me.github.io',
    'io',
  ],
  ...[
    'co.uk',
    'shop.co.uk',
    'localhost',
    '.localhost',
    'sub.localhost',
    '127.0.0.1',
    '.127.0.0.1',
    '0.0.1',
    '[::1]',
    '::1',
    'intranet',
  ],
  ...[
    'a.test.',
    '.a.test.',
    'xn--bcher-kva.test',
    'b\xc3\xbccher.test',
    'B\xc3\x9cCHER.test',
    '',
    'A.TEST',
    '2130706433',
    '127.1',
  ],
]
const PATHS = ['/', '/a', '/a/', '/a/b', '/a/b/c', '/%61/b', '/a;b/c']
const KINDS = ['link', 'form', 'window-open', 'fetch', 'img', 'iframe'] as const

/**
 * A history of responses, scripts and requests of all kinds on a few sites that have to do with each other: each header
 * that is sent, and the jar at the end.
 */
export async function fuzzHistory(oracle: ChromiumOracle, seed: number): Promise<Disagreement[]> {
  const random = dice(seed)
  const hosts = Array.from({ length: 1 + random.below(3) }, () => random.pick(HOSTS))
  const steps = Array.from({ length: 2 + random.below(5) }, () => drawStep(random, hosts))
  const test = new JarUnderTest()
  const ours: string[] = []
  for (const step of steps) {
    test.now = Date.now()
    const url = 'get' in step ? step.get : step.set
    const script = step.context?.via === 'document.cookie'
    if ('get' in step) {
      const header = test.jar.header(new URL(url), step.context)
      ours.push(script ? Buffer.from(header, 'latin1').toString('utf8') : header)
    } else for (const line of step.lines) test.set(script ? textToBytes(line) : line, url, step.context)
  }
  await leaveAll(oracle.page)
  const theirs = await oracle.ask(steps)
  const what = difference(ourJar(test.jar.all()), await oracle.jar())
  for (const [i, header] of theirs.entries()) {
    if (header !== ours[i])
      what.push(`get ${i}: Onejar sends ${JSON.stringify(ours[i])}, Chromium ${JSON.stringify(header)}`)
  }
  return what.length > 0 ? [{ seed, case: steps, what }] : []
}

/** What the case before has left under way ends here, and sets nothing any more. */
async function leaveAll(page: Page): Promise<void> {
  for (const other of page.context().pages()) if (other !== page) await other.close()
  await page.goto('about:blank')
}

function drawStep(random: Dice, hosts: readonly string[]): OracleStep {
  const url = drawUrl(random, hosts)
  const context = drawContext(random, hosts, url)
  const step = context === undefined ? {} : { context }
  if (random.once(2)) return { get: url, ...step }
  const wishes = { domains: DOMAINS, lineBreaks: false, fewNames: !random.once(5) }
  return {
    set: url,
    lines: Array.from({ length: 1 + random.below(3) }, () => drawLine(random, wishes)),
    ...step,
  }
}

function drawUrl(random: Dice, hosts: readonly string[], schemes = ['https', 'https', 'http']): string {
  const port = random.once(8) ? ':8443' : ''
  return `${random.pick(schemes)}://${random.pick(hosts)}${port}${random.pick(PATHS)}`
}

function drawContext(random: Dice, hosts: readonly string[], url: string): RequestContext | undefined {
  if (random.once(3)) return undefined
  if (random.once(4)) return { via: 'document.cookie' }
  const kind = random.pick(KINDS)
  if (kind === 'link' || kind === 'form' || kind === 'window-open') {
    const method = kind === 'form' ? random.pick(['GET', 'POST']) : 'GET'
    // A form that a page over TLS sends in clear is held back for the user to confirm.
    const schemes = kind === 'form' && url.startsWith('http:') ? ['http'] : undefined
    return { kind, method, initiator: drawUrl(random, hosts, schemes) }
  }
  // A page over TLS loads nothing in clear.
  const schemes = [url.startsWith('http:') ? 'http' : random.pick(['https', 'http'])]
  const top = drawUrl(random, hosts, schemes)
  const initiator = random.once(2)
    ? top
    : drawUrl(random, hosts, top.startsWith('https') ? ['https'] : schemes)
  return { kind, initiator, topLevelUrl: top }
}
