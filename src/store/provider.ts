import { pathToFileURL } from 'node:url'
import { type Clock, isOnejarError, OnejarError } from '../core/index.ts'
import type { Backend, Limits } from './backend.ts'

/** What a provider gets to open a backend. */
export interface StoreContext {
  /** How long sessions are kept and how large they get. The backend keeps to it. */
  readonly limits: Limits
  /** Read the time here and nowhere else. */
  readonly clock: Clock
  /** How long one call may take, in milliseconds; then it rejects with ONEJAR_STORE_UNAVAILABLE. */
  readonly timeoutMs: number
  /** What the names of everything in the database begin with, for those who share one: 1 to 64 of `A-Z a-z 0-9 _ : . -`. */
  readonly keyPrefix: string
}

/**
 * A store that somebody brings: `openBroker({ store: provider })`. Keys, encryption, the meaning of what is stored and the
 * validation of what comes back stay with Onejar; the backend keeps opaque rows.
 */
export interface StoreProvider {
  /**
   * Opens a backend. Called once per broker, and again while the database is away at the start.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE: with `details.outage` true when it may pass by itself (the broker works
   * in memory meanwhile, unless `whenAway` is `refuse`), else the broker is not opened
   */
  open(context: StoreContext): Promise<Backend>
}

export function isStoreProvider(value: unknown): value is StoreProvider {
  return typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function'
}

/**
 * The store that is the default export of a JavaScript module, loaded when it is opened.
 *
 * @param path - absolute
 */
export function providerOfModule(path: string): StoreProvider {
  return {
    async open(context) {
      const refuse = (why: string, cause?: unknown) =>
        new OnejarError('ONEJAR_BAD_OPTIONS', `The store module:${path} ${why}`, { cause })
      const loaded: { readonly default?: unknown } = await import(pathToFileURL(path).href).catch((cause) => {
        throw refuse('cannot be loaded', cause)
      })
      if (!isStoreProvider(loaded.default)) throw refuse('has no default export with an open() method')
      return loaded.default.open(context)
    },
  }
}

/** Opens a backend of somebody else's making: whatever it rejects with that is no OnejarError is one from here on. */
export async function openProvided(provider: StoreProvider, context: StoreContext): Promise<Backend> {
  const backend = await typed(() => provider.open(context))
  return {
    read: (...args) => typed(() => backend.read(...args)),
    commit: (...args) => typed(() => backend.commit(...args)),
    drop: (...args) => typed(() => backend.drop(...args)),
    watch: (...args) => typed(() => backend.watch(...args)),
    acquireLock: (...args) => typed(() => backend.acquireLock(...args)),
    extendLock: (...args) => typed(() => backend.extendLock(...args)),
    releaseLock: (...args) => typed(() => backend.releaseLock(...args)),
    async *list() {
      const rows = backend.list()[Symbol.asyncIterator]()
      try {
        for (;;) {
          const next = await typed(() => rows.next())
          if (next.done) return
          yield next.value
        }
      } finally {
        await rows.return?.()
      }
    },
    remove: (...args) => typed(() => backend.remove(...args)),
    purge: () => typed(() => backend.purge()),
    purgeSession: (...args) => typed(() => backend.purgeSession(...args)),
    readFacts: () => typed(() => backend.readFacts()),
    swapFact: (...args) => typed(() => backend.swapFact(...args)),
    close: () => typed(() => backend.close()),
  }
}

async function typed<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (isOnejarError(cause)) throw cause
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store that was brought along cannot be used', {
      cause,
    })
  }
}
