import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from '../../src/browser/index.ts'
import type { BrokerDependencies } from '../../src/client/index.ts'
import {
  type BrokerOptions,
  isOnejarError,
  type OnejarError,
  openBroker,
  type SessionEvent,
} from '../../src/index.ts'
import { openPooledBrowser } from './browser-pool.ts'

/** Shown instead of the browser's own, so that a test that is about HTTP starts none. */
export const IDENTITY = { userAgent: 'test', clientHints: {}, acceptLanguage: 'en' } as const

/**
 * A broker that leaves nothing behind, starts no browser by itself and makes no request that a test does not ask for. The
 * browser that it needs may have served another broker of the same file; see `ownBrowserBroker`.
 */
export function memoryBroker(options: BrokerOptions = {}, dependencies: BrokerDependencies = {}) {
  return openBroker(
    { store: 'memory', identity: IDENTITY, robots: false, ...options },
    { openBrowser: openPooledBrowser, ...dependencies },
  )
}

/** As `memoryBroker`, with a browser that nobody else has or had: for tests of its start, its end and its processes. */
export function ownBrowserBroker(options: BrokerOptions = {}) {
  return memoryBroker(options, { openBrowser })
}

/** A folder for the time of a test. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'onejar-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The OnejarError that a call ends with; fails when it resolves or ends with something else. */
export async function errorOf(call: Promise<unknown> | (() => unknown)): Promise<OnejarError> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    if (isOnejarError(error)) return error
    throw new Error('ended with something that is no OnejarError', { cause: error })
  }
  throw new Error('did not fail')
}

/** Collects the events of a session until it ends. */
export function collect(events: AsyncIterable<SessionEvent>): SessionEvent[] {
  const seen: SessionEvent[] = []
  const run = async () => {
    for await (const event of events) seen.push(event)
  }
  run().catch(() => {})
  return seen
}
