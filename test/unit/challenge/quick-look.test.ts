import { describe, expect, it } from 'vitest'
import { QuickLook } from '../../../src/challenge/quick-look.ts'
import { SIGNALS } from '../../../src/challenge/signals.ts'

const LINKS = '<li><a href="/lamps/1">A lamp</a></li>'.repeat(40)
const REST = 'The quick brown fox jumps over the lazy dog. '.repeat(650)
const HEADS = {
  'a title': '<!doctype html><title>All lamps</title>',
  comments: `<!doctype html>${'<!-- lamps -->'.repeat(10)}`,
  'a script': '<!doctype html><script>const lamps = 1</script>',
  'a body': '<!doctype html><body class="lamps">',
}

/** The least time of many, in milliseconds: what others do on the machine makes it no smaller. */
function leastOf(times: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now()
    work()
    least = Math.min(least, performance.now() - startedAt)
  }
  return least
}

describe('the quick look', () => {
  const look = new QuickLook(SIGNALS)
  const html = 'text/html; charset=utf-8'

  it.each(Object.entries(HEADS))('reads nothing behind what was enough, with %s before it', (_, head) => {
    const short = Buffer.from(head + LINKS)
    const long = Buffer.from(head + LINKS + REST)
    expect(look.passes(short, html)).toBe(true)
    const enough = look.looked
    expect([look.passes(long, html), look.looked]).toEqual([true, enough])
    const only = (bytes: Buffer) =>
      leastOf(200, () => {
        for (let i = 0; i < 20; i++) look.passes(bytes, html)
      })
    only(short)
    expect(only(long) / only(short)).toBeLessThan(3)
  })
})
