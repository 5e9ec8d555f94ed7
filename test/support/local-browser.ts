import PQueue from 'p-queue'
import { BrowserHost, type ContextBinding } from '../../src/browser/index.ts'
import { type BrowserAccess, FetchPages, LocalBrowser, PageSlots } from '../../src/browsing/index.ts'
import { Classifier } from '../../src/challenge/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { SessionRecord } from '../../src/record/index.ts'

/** How long a challenge may take in these tests: no page of theirs takes its time. */
const SOLVE_TIMEOUT_MS = 20_000

/**
 * A session's record with a browser behind the port, and nothing above it.
 *
 * @param host - default: the Chromium of this machine, which is closed with the rest
 */
export async function openLocalBrowser(host = new BrowserHost()) {
  const record = new SessionRecord({ writer: 'test', clock: systemClock })
  const closing = new AbortController()
  let live: ContextBinding | undefined
  const access: BrowserAccess = {
    live: () => live,
    open: async () => {
      live ??= await host.bind(record)
      return live.reserve()
    },
    fork: (other) => host.bind(other),
    idle: async () => live?.pull(),
  }
  const judge = new Classifier()
  const common = { blockResources: false, closing: closing.signal }
  const slots = new PageSlots(access, new PQueue({ concurrency: 4 }), { ...common, maxBytes: 0 })
  const fetchPages = new FetchPages({
    ...common,
    browser: access,
    classifier: judge,
    solveTimeoutMs: SOLVE_TIMEOUT_MS,
    admit: undefined,
    screenshot: true,
  })
  const browser = new LocalBrowser({
    record,
    judge,
    clock: systemClock,
    slots,
    fetchPages,
    browser: access,
    maxBytes: 0,
    closing: closing.signal,
  })
  const close = async () => {
    closing.abort(new Error('the test is over'))
    await live?.close()
    await host.close()
  }
  /** What pages wrote until now is in the record afterwards. */
  const settle = () => access.idle()
  return { browser, access, record, judge, settle, close }
}
