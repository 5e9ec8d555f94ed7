/**
 * What ofetch has done with by the time it calls `fetch`, and passes on all the same: one object holds its options and those
 * of fetch.
 */
const WRAPPER_OPTIONS: ReadonlySet<string> = new Set([
  'baseURL',
  'query',
  'params',
  'parseResponse',
  'responseType',
  'ignoreResponseError',
  'retryDelay',
  'retryStatusCodes',
  'onRequest',
  'onRequestError',
  'onResponse',
  'onResponseError',
])

/**
 * The options without those that the wrapper around `fetch` has used itself. Such a wrapper gives `headers` as Headers; from
 * for other callers an unknown name is a mistake, and stays to be reported. A `timeout` is the wrapper's when it has
 * made a signal of it, `retry` when it is a number.
 */
export function withoutWrapperOptions<Options>(options: Options): Options {
  if (typeof options !== 'object' || options === null) return options
  let own: Record<string, unknown> | undefined
  try {
    // Nothing that has a getter is read here: whoever reads the options reads each once.
    const valueAt = (name: string) => Object.getOwnPropertyDescriptor(options, name)?.value as unknown
    if (Object.prototype.toString.call(valueAt('headers')) !== '[object Headers]') return options
    for (const name of Object.keys(options)) {
      const isUsed =
        WRAPPER_OPTIONS.has(name) ||
        (name === 'timeout' && valueAt('signal') != null) ||
        (name === 'retry' && typeof valueAt('retry') === 'number')
      if (!isUsed) continue
      const rest: Record<string, unknown> = own ?? Object.fromEntries(Object.entries(options))
      delete rest[name]
      own = rest
    }
  } catch {
    // They cannot be read: whoever reads them next says so.
    return options
  }
  return (own as Options | undefined) ?? options
}
