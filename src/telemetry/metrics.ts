/** What an instrument is: what it counts or measures, in which unit, and what tells its series apart. */
export interface MetricSpec {
  /**
   * - `counter`: only goes up; its name ends in `_total`.
   * - `tally`: a count by attribute that only goes up, under a name that Prometheus shall not change (an asynchronous
   *   up-down counter for OpenTelemetry).
   * - `gauge`: the state at the moment it is asked for.
   * - `ratio`: the share of what turned out well, of all since the start.
   * - `rate`: how many per second, over the last minute.
   * - `p99`: the 99th percentile of all measurements since the start.
   * - `histogram`: how measurements spread.
   */
  readonly kind: 'counter' | 'tally' | 'gauge' | 'ratio' | 'rate' | 'p99' | 'histogram'
  /** UCUM, as OpenTelemetry has it. */
  readonly unit: string
  /** In a sentence: the metrics page of the docs is made from it. */
  readonly description: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
  /** What a ratio is before anything has happened. */
  readonly initially?: number
}

const MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]
const FINE_MS = [0.25, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 500, 1_000, 5_000]

/** Every instrument of Onejar. No attribute holds an id, a URL, a name or a value that comes from a user or a site. */
export const METRICS = {
  session_creation_total: {
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions that were opened.',
    attributes: { origin: '`new`, or `stored` when the store knew it' },
  },
  session_destruction_total: {
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions that were parked or given up.',
    attributes: { reason: '`released`, `evicted`, `idle`, `expired`, `quarantined`, `rotated` or `closed`' },
  },
  connection_reuse_ratio: {
    kind: 'ratio',
    unit: '1',
    description: 'The share of HTTP requests that found a connection open already, since the start.',
    initially: 0,
  },
  cookie_jar_size_bytes: {
    kind: 'gauge',
    unit: 'By',
    description: 'Names and values of the live cookies of all open sessions.',
  },
  cookie_jar_mutation_frequency: {
    kind: 'rate',
    unit: '{change}/s',
    description: 'Cookies that were set, changed or deleted per second, over the last minute.',
  },
  headless_context_launch_latency: {
    kind: 'histogram',
    unit: 'ms',
    description:
      'From the wish for a browser context until it is bound to the record; the start of the browser included.',
    buckets: MS,
  },
  state_sync_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'How long it took to bring a live context and the record to the same state.',
    attributes: { direction: '`pull`: from the pages to the record; `push`: from the record to the pages' },
    buckets: FINE_MS,
  },
  retry_success_ratio: {
    kind: 'ratio',
    unit: '1',
    description: 'The share of requests that got their answer in the end, of those that were tried again.',
    initially: 1,
  },
  backoff_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'How long requests waited before they were tried again.',
    buckets: MS,
  },
  backoff_duration_p99: {
    kind: 'p99',
    unit: 'ms',
    description: 'The 99th percentile of the waits before another attempt, since the start.',
  },
  session_invalidation_triggers: {
    kind: 'tally',
    unit: '{event}',
    description: 'What made a session of no use for an origin, or altogether.',
    attributes: { reason: '`captcha`, `block`, `quarantine`, `reauth-failed` or `store-corrupt`' },
  },
  tls_version_distribution: {
    kind: 'tally',
    unit: '{connection}',
    description: 'TLS connections that were opened, by version.',
    attributes: { version: '`TLSv1.2` or `TLSv1.3`' },
  },
  cipher_suite_usage: {
    kind: 'tally',
    unit: '{connection}',
    description: 'TLS connections that were opened, by cipher suite.',
    attributes: { cipher: 'the IANA name of the suite' },
  },
  fingerprint_consistency_score: {
    kind: 'ratio',
    unit: '1',
    description:
      'The share of TLS connections and requests that showed the TLS settings and the headers they should, since the start. Requests with a body do not: undici sends their length last.',
    initially: 1,
  },
  store_away: {
    kind: 'gauge',
    unit: '1',
    description: '1 while the store cannot be reached and work goes on in memory, else 0.',
  },
  store_pending_entries: {
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries that are not in the store yet: what would be lost now if the process were killed.',
  },
  request_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'From the call until the response was there, visits of the browser and waits included.',
    attributes: {
      via: '`http`, `page-fetch` or `page`; `none` when there was no response',
      outcome: 'the class of the status (`2xx`), or the code of the error',
    },
    buckets: MS,
  },
  browser_visits_total: {
    kind: 'counter',
    unit: '{visit}',
    description: 'Visits of the browser to a challenge.',
    attributes: { outcome: '`passed`, `unproven` or `failed`' },
  },
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof METRICS
export type NameOf<K extends MetricSpec['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never
}[MetricName]
