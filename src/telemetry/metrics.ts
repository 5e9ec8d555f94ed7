/** An instrument: what it counts or measures, its unit, and the attributes of its series. */
export interface MetricSpec {
  /**
   * - `counter`: only goes up; its name ends in `_total`.
   * - `tally`: a count by attribute that only goes up, under a name that Prometheus must not change (an asynchronous
   *   up-down counter for OpenTelemetry).
   * - `total`: the same as `counter` for what happens at each request: added up here, and read when somebody collects.
   * - `gauge`: the state at the moment it is asked for.
   * - `ratio`: the share of successes, of all since the start.
   * - `rate`: how many per second, over the last minute.
   * - `p99`: the 99th percentile of all measurements since the start.
   * - `histogram`: the distribution of measurements.
   */
  readonly kind: 'counter' | 'total' | 'tally' | 'gauge' | 'ratio' | 'rate' | 'p99' | 'histogram'
  /** A UCUM code, as in OpenTelemetry. */
  readonly unit: string
  /** In a sentence. The metrics page of the docs is made from it. */
  readonly description: string
  readonly attributes?: Readonly<Record<string, string>>
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[]
  /** The ratio before anything has happened. */
  readonly initially?: number
}

const MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]
const FINE_MS = [0.25, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 500, 1_000, 5_000]

/** Every instrument of Onejar. No attribute holds an id, a URL, a name or a value that comes from a user or a site, but for the host of `server.address`. */
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
    description: 'Sessions that were released or closed.',
    attributes: { reason: '`released`, `evicted`, `idle`, `expired`, `quarantined`, `rotated` or `closed`' },
  },
  connection_reuse_ratio: {
    kind: 'ratio',
    unit: '1',
    description: 'The share of HTTP requests that reused an open connection, since the start.',
    initially: 0,
  },
  cookie_jar_size_bytes: {
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes of the names and values of the live cookies of all open sessions.',
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
      'From the request for a browser context until it is bound to the record, the start of the browser included.',
    buckets: MS,
  },
  state_sync_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'How long it took to synchronise a live context and the record.',
    attributes: { direction: '`pull`: from the pages to the record; `push`: from the record to the pages' },
    buckets: FINE_MS,
  },
  request_attempts_total: {
    kind: 'total',
    unit: '{attempt}',
    description:
      'Each time that a request was sent, those that were sent again or met a challenge included; redirects on the way are not counted.',
    attributes: {
      status:
        'the usual statuses each apart (`200`, `401`, `403`, `429`), others by their class (`4xx`); `none` without an answer',
      kind: 'what the answer is (`ok`, `rate-limited`, `js-challenge`, …; `unknown` where nobody looked), or the code of the error',
      via: '`http`, `page-fetch` or `page`',
      attempt: '`1`, or which time it was that the request was sent',
    },
  },
  retry_success_ratio: {
    kind: 'ratio',
    unit: '1',
    description: 'The share of retried requests that got a response in the end.',
    initially: 1,
  },
  backoff_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'How long requests waited before a retry.',
    buckets: MS,
  },
  backoff_duration_p99: {
    kind: 'p99',
    unit: 'ms',
    description: 'The 99th percentile of the waits before a retry, since the start.',
  },
  session_invalidation_triggers: {
    kind: 'tally',
    unit: '{event}',
    description: 'Quarantines of a session, for an origin or for all, by reason.',
    attributes: { reason: '`captcha`, `block`, `quarantine`, `reauth-failed` or `store-corrupt`' },
  },
  alerts_total: {
    kind: 'counter',
    unit: '{alert}',
    description: 'Alerts: what a person should look at.',
    attributes: {
      kind: '`refusal`, `security` or `rate-limit`',
      code: 'the code of the error that it is about',
      state: '`raised`, or `ended` when a rate limit’s share has fallen',
    },
  },
  slowed_down_origins: {
    kind: 'gauge',
    unit: '{origin}',
    description: 'Origins that are asked more slowly, because too large a share of their answers is 429.',
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
      'The share of TLS connections and requests with the expected TLS settings and headers, since the start. Requests with a body never count as such: undici sends their length last.',
    initially: 1,
  },
  store_away: {
    kind: 'gauge',
    unit: '1',
    description: '1 while the store cannot be reached and sessions are kept in memory, else 0.',
  },
  store_pending_entries: {
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries that are not in the store yet: they would be lost if the process were killed now.',
  },
  request_duration_ms: {
    kind: 'histogram',
    unit: 'ms',
    description: 'From the call until the response, solves and waits included.',
    attributes: {
      via: '`http`, `page-fetch` or `page`; `none` when there was no response',
      outcome: 'the class of the status (`2xx`), or the code of the error',
    },
    buckets: MS,
  },
  'http.client.request.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'How long a site took until the headers of its answer were there, for each attempt: OpenTelemetry’s own name for it, with its attributes.',
    attributes: {
      'http.request.method': 'the method, or `_OTHER`',
      'server.address': 'the site’s host, of the first 200 in a process; then `_OTHER`',
      'server.port': 'its port',
      'url.scheme': '`http` or `https`',
      'http.response.status_code': 'the status; absent without an answer',
      'network.protocol.version': '`1.1` or `2`; absent without an answer',
      'error.type': 'a status of 400 and more, or the code of the error; absent where all is well',
    },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  browser_visits_total: {
    kind: 'counter',
    unit: '{solve}',
    description: 'Solves of challenges in the browser.',
    attributes: { outcome: '`passed`, `unproven` or `failed`' },
  },
  worker_tasks_total: {
    kind: 'counter',
    unit: '{task}',
    description: 'What a worker has done for other processes. None in these.',
    attributes: {
      kind: '`solve`, `renew`, `load`, `fetch`, `open-page`, `run` or `picture`; `unknown` of another version',
      outcome:
        '`done`; `failed`: it ended with an error, which its caller has; `left`: another worker has to do it; `given-up`: its caller went',
    },
  },
  worker_contexts_allowed: {
    kind: 'gauge',
    unit: '{context}',
    description:
      'How many solves a worker may have under way: its concurrency, or what has room in the memory that is left. 0 in other processes.',
  },
  worker_contexts_underway: {
    kind: 'gauge',
    unit: '{context}',
    description: 'Solves that a worker has under way.',
  },
  worker_refuses: {
    kind: 'gauge',
    unit: '1',
    description: '1 while a worker takes no solve because memory is low, else 0.',
  },
  worker_memory_available_bytes: {
    kind: 'gauge',
    unit: 'By',
    description:
      'What is left of the memory that a worker may use, by the tightest of its limits (machine, container, control groups). 0 in other processes.',
  },
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof METRICS
export type NameOf<K extends MetricSpec['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never
}[MetricName]
