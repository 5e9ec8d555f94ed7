import { randomUUID } from 'node:crypto'
import type { ContextBinding } from '../../browser/index.ts'
import type { Clock } from '../../core/index.ts'
import { type ChangeSource, type Entry, SessionRecord } from '../../record/index.ts'
import type { RenewReply, RenewTask } from '../browser-port.ts'
import type { Judge } from '../judge.ts'
import type { BrowserAccess } from './browser-access.ts'
import { clearanceCookies } from './clearance-cookies.ts'
import { loadPage } from './page-load.ts'
import type { PageSlots } from './page-slots.ts'

/** How long a page that passed may work on before it is ended. */
const REST_MS = 5_000

const SOURCE: ChangeSource = { name: 'renewal' }

export interface RenewalOptions {
  readonly record: SessionRecord
  readonly browser: Pick<BrowserAccess, 'fork'>
  readonly slots: PageSlots
  readonly judge: Judge
  readonly clock: Clock
}

/** Loads a URL in a context that holds the session without its clearance, and returns what that brought. */
export async function renewClearance(
  { record, browser, slots, judge, clock }: RenewalOptions,
  { url, without, timeoutMs }: RenewTask,
  signal: AbortSignal,
): Promise<RenewReply> {
  const copy = new SessionRecord({ writer: `renewal-${randomUUID()}`, clock })
  copy.merge([...record.entries()], SOURCE)
  copy.write(
    without.map((id) => ({ kind: 'cookie', id, value: null })),
    SOURCE,
  )
  const brought = new Map<string, Entry>()
  copy.subscribe((delta) => {
    for (const entry of delta) {
      if (entry.kind === 'cookie' || entry.kind === 'local') brought.set(`${entry.kind} ${entry.id}`, entry)
    }
  })
  let binding: ContextBinding | undefined
  const open = async () => {
    binding = await browser.fork(copy)
    return binding
  }
  try {
    return await slots.run<RenewReply>(
      async (page, context) => {
        const outcome = await loadPage(page, { url, classifier: judge, timeoutMs })
        if (outcome.kind !== 'passed') {
          return { kind: 'none', reason: outcome.kind === 'failed' ? outcome.why : outcome.kind }
        }
        // What it renews besides is in this copy of the session only, until the caller takes it over.
        await context.rest(page, { until: performance.now() + REST_MS, signal })
        await context.finish(page)
        const clearance = clearanceCookies(copy, url, new Map(), outcome.answer.sentCookie).filter(
          (id) => brought.get(`cookie ${id}`)?.value != null,
        )
        if (clearance.length === 0) return { kind: 'none', reason: 'the site did not ask for a clearance' }
        return { kind: 'renewed', delta: [...brought.values()], clearance }
      },
      signal,
      { open },
    )
  } finally {
    await binding?.close()
  }
}
