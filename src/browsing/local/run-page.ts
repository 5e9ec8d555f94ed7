import type { Page } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'
import type { RunCall, RunTask } from '../browser-port.ts'

/** Opens a URL and lets its scripts work until the record shows what is wanted; false where it does not within the time. */
export async function runPage(
  page: Page,
  binding: ContextBinding,
  { url, timeoutMs, graceMs, lookEveryMs }: RunTask,
  { done, signal }: RunCall,
): Promise<boolean> {
  const end = performance.now() + timeoutMs
  let until = end
  const atRest = () => {
    until = Math.min(end, performance.now() + graceMs)
  }
  page
    .goto(url, { timeout: timeoutMs, waitUntil: 'domcontentloaded' })
    .then(() => binding.rest(page, { until: end, signal }))
    .then(atRest, atRest)
  while (performance.now() < until) {
    await page.waitForTimeout(lookEveryMs)
    await binding.pull()
    if (done()) return true
  }
  // What was sent while the last look was under way.
  await binding.pull()
  if (done() || signal.aborted) return done()
  // A worker's first requests can be missed where the machine is busy: what it sent may stand in a database.
  await binding.keepDatabases().catch(ignore)
  return done()
}
