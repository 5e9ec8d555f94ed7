import type { RequestContext } from '../../../src/record/cookie.ts'
import { CookieJar } from '../../../src/record/cookies/index.ts'
import { cookieId } from '../../../src/record/entry.ts'
import { StampClock } from '../../../src/record/stamp.ts'
import type { RowStep } from './rows.ts'

/** A jar with a clock that moves when it is told to, and that applies what it plans. */
export class JarUnderTest {
  now = Date.UTC(2026, 5, 1)
  readonly jar: CookieJar

  constructor(thirdParty: 'blocked' | 'allowed' = 'blocked') {
    const clock = { now: () => this.now }
    const stamps = new StampClock('test', clock)
    this.jar = new CookieJar({ clock, ticks: stamps, thirdParty })
  }

  set(line: string, url: string, context?: RequestContext, dateHeader: string | null = null): void {
    const change = this.jar.plan(line, new URL(url), context, { dateHeader })
    if (!change.accepted) return
    for (const cookie of change.remove) this.jar.delete(cookieId(cookie))
    if (change.put) this.jar.put(change.put)
  }

  /** The headers of a row's `get` steps. */
  replay(steps: readonly RowStep[]): string[] {
    const headers: string[] = []
    for (const step of steps) {
      if ('wait' in step) this.now += step.wait
      else if ('get' in step) headers.push(this.jar.header(new URL(step.get), step.context))
      else for (const line of step.lines) this.set(line, step.set, step.context, step.date)
    }
    return headers
  }
}
