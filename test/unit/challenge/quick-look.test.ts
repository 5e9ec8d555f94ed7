import { describe, expect, it } from 'vitest'
import { QuickLook } from '../../../src/challenge/quick-look.ts'
import type { Signal } from '../../../src/challenge/signal.ts'
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
  const passes = (bytes: Buffer, type: string) => look.look(bytes, type) === 'ordinary'
  const html = 'text/html; charset=utf-8'

  it.each(Object.entries(HEADS))('reads nothing behind what was enough, with %s before it', (_, head) => {
    const short = Buffer.from(head + LINKS)
    const long = Buffer.from(head + LINKS + REST)
    expect(passes(short, html)).toBe(true)
    const enough = look.looked
    expect([passes(long, html), look.looked]).toEqual([true, enough])
    const only = (bytes: Buffer) =>
      leastOf(200, () => {
        for (let i = 0; i < 20; i++) passes(bytes, html)
      })
    only(short)
    expect(only(long) / only(short)).toBeLessThan(3)
  })

  it('suits no head that could decide by itself', () => {
    const row = (name: string, verdict: 'block' | 'present' = 'block'): Signal => ({
      id: 'x',
      vendor: null,
      in: 'cookie',
      name,
      verdict,
      weight: 0.9,
      note: 'a cookie',
    })
    const own = new QuickLook([...SIGNALS, row('telling'), row('family_*'), row('there', 'present')])
    const suits = (cookies?: string | string[], status = 200, more = {}) =>
      own.suits(status, { ...(cookies === undefined ? {} : { 'set-cookie': cookies }), ...more })
    for (const cookies of [
      undefined,
      [],
      'sid=1',
      ['a=1', 'there=1'],
      'tellings=1',
      'xtelling=1',
      'family=1',
      'a=telling',
      'x=family_1',
    ])
      expect([cookies, suits(cookies)]).toEqual([cookies, true])
    for (const cookies of [
      'telling=1',
      ['a=1', ' Telling =1; Path=/'],
      'family_=1',
      'FAMILY_x=1',
      ['family_1=a=b'],
    ])
      expect([cookies, suits(cookies)]).toEqual([cookies, false])
    expect([suits(undefined, 403), suits(undefined, 200, { 'retry-after': '5' })]).toEqual([false, false])
  })

  it('lets pages pass that have a word of a challenge in their title or text, but no phrase of one', () => {
    const script = '<script src="/app.js"></script><script>document.body.className = "js"</script>'
    const page = (title: string, text: string) =>
      Buffer.from(
        `<!doctype html><title>${title}</title>${script}<p>${text}</p>${'<p>A lamp.</p>'.repeat(60)}`,
      )
    expect(look.look(page('Lamps', 'Lamps that JavaScript switches on: a button, with support.'), html)).toBe(
      'ordinary',
    )
    expect(look.look(page('Checking access to an application', 'All lamps.'), html)).toBe('ordinary')
    expect(look.look(page('Lamps', 'Please enable JavaScript and <b>cookies</b> to continue.'), html)).toBe(
      null,
    )
    expect(look.look(page('Pardon our interruption', 'All lamps.'), html)).toBe(null)
  })

  it('says of a page with little to read that no row is true of it, where none is', () => {
    const tiny = (more: string) =>
      Buffer.from(`<!doctype html><title>Lamps</title><div id="x">A lamp.</div>${more}`)
    expect(look.look(tiny('<script src="/app.js"></script>'), html)).toBe('no-row')
    expect(look.look(tiny('<script src="https://js.hcaptcha.com/1/api.js"></script>'), html)).toBe(null)
  })
})
