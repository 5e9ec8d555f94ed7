/** The runner's own way to make calls that are no steps of a test. Absent where Playwright has changed it. */
interface Instrumented {
  _wrapApiCall?<T>(work: () => Promise<T>, options: { readonly internal: true }): Promise<T>
}

/** What is waited for, of what a binding calls. */
const CALLS: ReadonlySet<PropertyKey> = new Set([
  'newBrowserCDPSession',
  'newCDPSession',
  'newPage',
  'storageState',
  'send',
  'detach',
])

/**
 * Does something with Playwright that neither the report nor the trace lists as a step of the test: the reader of a report
 * looks for what the test did. Where this version of Playwright offers no way, they are listed.
 *
 * @param by - an object of Playwright's
 */
export function quietly<T>(by: object, work: () => Promise<T>): Promise<T> {
  const { _wrapApiCall: wrap } = by as Instrumented
  return wrap === undefined ? work() : (wrap.call(by, work, { internal: true }) as Promise<T>)
}

/** The same for all calls that are made to an object, and to the DevTools sessions that these return. */
export function quiet<T extends object>(target: T, replaced: Partial<T> = {}): T {
  return new Proxy(target, {
    get(_, name) {
      const own = (replaced as Record<PropertyKey, unknown>)[name]
      if (own !== undefined) return own
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (!CALLS.has(name)) return member.bind(target)
      return async (...args: unknown[]) => {
        const result: unknown = await quietly(target, () => member.apply(target, args))
        return String(name).endsWith('CDPSession') ? quiet(result as object) : result
      }
    },
  })
}
