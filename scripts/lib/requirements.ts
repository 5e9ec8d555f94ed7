/** A behaviour that a session in production is promised, and what shows it. */
export interface Requirement {
  /** The heading that it stands under. */
  readonly section: string
  readonly promise: string
  /** A file of tests, and words of the titles that show it: all tests that hold them have to pass. */
  readonly test?: readonly [file: string, title: string]
  /** A script of the repository that ends with 0 when the promise is kept. */
  readonly script?: readonly string[]
}

type Row = readonly [promise: string, file: string, title: string]

const of = (section: string, rows: readonly Row[]): readonly Requirement[] =>
  rows.map(([promise, file, title]) => ({ section, promise, test: [file, title] }))

const run = (section: string, promise: string, ...script: readonly string[]): Requirement => ({
  section,
  promise,
  script,
})

const TELEMETRY = 'test/integration/telemetry'
const RESILIENCE = 'test/integration/resilience'
const COMPLIANCE = 'test/integration/compliance'
const CREDENTIALS = 'test/integration/credentials'

const WATCH = 'Watch and alert'
const EVIDENCE = 'Evidence that lasts'
const LIMITS = 'Limits and life'
const PARTS = 'Parts that people already run'
const CITIZEN = 'A good citizen'
const USE = 'In the service'

/** All of them. A row is added with the behaviour that it is about; the page and the run are made from this. */
export const REQUIREMENTS: readonly Requirement[] = [
  ...of(WATCH, [
    [
      'Every attempt is counted by status, kind, transport and number, retried ones too; 401, 403 and 429 apart.',
      `${TELEMETRY}/attempts.test.ts`,
      'every attempt is counted by its status',
    ],
    [
      'More than 5 % of 429 in 15 minutes is an event, a warning, a log line, a metric and an entry of the trail, and slows the origin down until it falls.',
      `${RESILIENCE}/rate-limits.test.ts`,
      'above the share raises an alert everywhere',
    ],
    [
      'Share, window and smallest number are options, for each origin and over all.',
      'test/unit/resilience/rate-alarms.test.ts',
      'rate alarms',
    ],
    [
      'Repeated 429 stops the session at that origin with an alert, without a Retry-After.',
      `${RESILIENCE}/rate-limits.test.ts`,
      'again and again stops the session there',
    ],
    [
      'The same in spite of a Retry-After, however many ask at once.',
      `${RESILIENCE}/rate-limits.test.ts`,
      'in spite of the Retry-After',
    ],
    ['The same for a session of a pool.', `${RESILIENCE}/rate-limits.test.ts`, 'stops a session of a pool'],
    [
      'A Retry-After that one process met holds in all processes of the session.',
      `${RESILIENCE}/rate-limits.test.ts`,
      'left alone by every process',
    ],
    [
      'A TLS fault raises a security alert by all ways, and purges the session where that is wanted.',
      'test/integration/client/quarantine.test.ts',
      'raises an alert by every way, and purges',
    ],
    [
      'A key that is not the pinned one raises one too.',
      'test/integration/client/quarantine.test.ts',
      'is a key that is not the pinned one',
    ],
    [
      'A refusal of the site’s protection raises one too, and closes the pages that hold the state.',
      'test/integration/client/quarantine.test.ts',
      'is a refusal of the site’s protection',
    ],
    [
      '`onejar tls URL` shows version, cipher, ALPN, JA3, JA4, chain and pin of both sides, and what differs.',
      'test/integration/cli/tls.test.ts',
      'shows how both sides connect',
    ],
    [
      'Each log line within a span has its trace and span, each line of a session its hash and its proxy without credentials.',
      `${TELEMETRY}/log.test.ts`,
      'each line within a span names it',
    ],
    [
      'Log lines name the session by a keyed hash and hold no secret.',
      `${TELEMETRY}/log.test.ts`,
      'log lines name the session by a keyed hash',
    ],
    [
      'A session’s creation, release, rotation and destruction are in the log.',
      `${TELEMETRY}/log.test.ts`,
      'a session’s life is in the log',
    ],
    [
      '`onejar sessions show` gives the hash of an id.',
      'test/integration/cli/sessions.test.ts',
      'is listed and shown',
    ],
    [
      '`broker.events()` is one stream of all sessions.',
      'test/integration/client/broker-events.test.ts',
      'one stream has the events of all sessions',
    ],
    ['`serve` logs JSON and nothing else.', 'test/integration/service/json-log.test.ts', 'serve writes JSON'],
    ['`worker` does, too.', 'test/integration/service/json-log.test.ts', 'worker does too'],
    [
      'Spans follow OpenTelemetry’s conventions for HTTP clients.',
      `${TELEMETRY}/traces.test.ts`,
      'a fetch is a span',
    ],
    [
      'Each instrument is on a Prometheus endpoint after a crawl.',
      `${TELEMETRY}/metrics.test.ts`,
      'shows every instrument',
    ],
    [
      'A response says whether a solve was needed for it.',
      'test/integration/routing/gates.test.ts',
      'is visited once, then HTTP goes on',
    ],
    [
      'A real Prometheus gets the metrics of a worker’s endpoint with a token, and finds series for every query of dashboard and rules.',
      `${TELEMETRY}/alerts.test.ts`,
      'every query of the rules and the dashboard',
    ],
    [
      'The alert rules are valid, and fire when they should.',
      `${TELEMETRY}/alerts.test.ts`,
      'rules and configuration are what promtool takes',
    ],
    [
      'Each metric is on the dashboard and has an alert, or a reason why not.',
      `${TELEMETRY}/alerts.test.ts`,
      'each metric is on the dashboard',
    ],
    [
      'Each alert has a section that says what it means and what to do.',
      `${TELEMETRY}/alerts.test.ts`,
      'each alert has a section',
    ],
  ]),
  ...of(EVIDENCE, [
    [
      'A dead letter of a 503 says 503, and is gone when it was sent again and passed.',
      `${RESILIENCE}/dead-letters.test.ts`,
      'is kept with its session',
    ],
    [
      'The trail has retries, the life of sessions, logins and removals, without a secret.',
      `${COMPLIANCE}/audit.test.ts`,
      'is there: retries, the life of sessions',
    ],
    [
      'It has what a process wrote that ended without closing its broker.',
      `${COMPLIANCE}/audit.test.ts`,
      'is written by a process that ends without closing',
    ],
    [
      'Two processes on one trail write one chain, though one is killed in the middle.',
      `${COMPLIANCE}/audit.test.ts`,
      'is one whole chain when two processes write it',
    ],
    [
      '`onejar audit tail` gives the records that are wanted, and follows.',
      `${COMPLIANCE}/audit.test.ts`,
      'give the records that are wanted',
    ],
    [
      'A prune says what it deletes and leaves a chain that can be verified.',
      `${COMPLIANCE}/audit.test.ts`,
      'deletes the beginning, says what',
    ],
    [
      'Records are written together, off the way of requests.',
      'test/unit/audit/trail-queue.test.ts',
      'are written together, a moment later',
    ],
    [
      'Several processes write one chain on one trail.',
      'test/integration/audit/audit-trail.test.ts',
      'write one chain',
    ],
    [
      'Killed writers lose nothing that was written.',
      'test/integration/audit/audit-trail.test.ts',
      'lose nothing that was written when they are killed',
    ],
    [
      'A line that was altered, removed, added or moved is found.',
      'test/integration/audit/audit-trail.test.ts',
      'is found broken there',
    ],
    [
      'A 404 and a 410 are dead letters where that is asked for, by a list of statuses.',
      `${RESILIENCE}/dead-letters.test.ts`,
      'is one that was answered 404 or 410',
    ],
    ['A dead letter holds no credential.', `${RESILIENCE}/dead-letters.test.ts`, 'holds no credential'],
    [
      'One schedule says how long everything is kept; what it deletes is in the trail.',
      `${COMPLIANCE}/retention.test.ts`,
      'is one schedule for all that is kept',
    ],
    [
      'A subject is removed everywhere in the store, with a certificate that can be verified.',
      `${COMPLIANCE}/retention.test.ts`,
      'removes a subject in all tenants',
    ],
    [
      '`onejar erase --subject` does it, on Redis, while another process has the session open.',
      `${COMPLIANCE}/retention.test.ts`,
      'is made by the command line too',
    ],
  ]),
  ...of(LIMITS, [
    [
      'A login is made anew before it ends while traffic is there, once for all processes, and no request is refused.',
      `${RESILIENCE}/reauthentication.test.ts`,
      'is made anew before it ends',
    ],
    [
      'No request waits for that login.',
      'test/unit/pipeline/reauthentication.test.ts',
      'is made anew by the first request then',
    ],
    [
      'A login under way holds up only those that were refused.',
      'test/unit/pipeline/reauthentication.test.ts',
      'a login under way holds up only those',
    ],
    [
      'A session lives as long as its cookies, tokens and responses say.',
      'test/unit/pipeline/session-life.test.ts',
      'the life of a session',
    ],
    [
      'Cache-Control and Expires of a response are read.',
      'test/unit/http/freshness.test.ts',
      'how long a response holds',
    ],
    [
      'A tenant’s policy that denies `persist` keeps a session out of the store.',
      `${COMPLIANCE}/isolation.test.ts`,
      'deny: nothing reaches the store',
    ],
    [
      'One that transforms `persist` stores no data of pages.',
      `${COMPLIANCE}/isolation.test.ts`,
      'what pages stored stays out',
    ],
    [
      'One that denies `retain` deletes a session when it is released.',
      `${COMPLIANCE}/isolation.test.ts`,
      'deny: the session is gone',
    ],
    [
      'One that transforms `retain` deletes what is too old.',
      `${COMPLIANCE}/isolation.test.ts`,
      'what is older than that goes',
    ],
    [
      'Sharing and rendering are denied with an error, each time in the trail.',
      `${COMPLIANCE}/isolation.test.ts`,
      'are denied with an error',
    ],
    [
      'Sharing and rendering are transformed.',
      `${COMPLIANCE}/isolation.test.ts`,
      'an export has cookies alone',
    ],
    [
      'Personal data is cut out of bodies, or ends them.',
      `${COMPLIANCE}/isolation.test.ts`,
      'cut personal data out of bodies',
    ],
    [
      'A proxy of another region is not used.',
      `${COMPLIANCE}/isolation.test.ts`,
      'is not used, and one of the tenant’s own is',
    ],
    [
      'Tenants have policies of their own, each decision of which is in the trail.',
      `${COMPLIANCE}/isolation.test.ts`,
      'have policies of their own',
    ],
    [
      'Personal data in a header is let through, warned of or refused.',
      `${COMPLIANCE}/isolation.test.ts`,
      'personal data in a header',
    ],
    [
      'JSON with status 200 that says "rate limit" is heard where the table says so.',
      'test/unit/challenge/classifier.test.ts',
      'errors with status 200',
    ],
    [
      'At most 32 connections to a site over HTTP, HTTPS, HTTP/2, HTTP proxies and SOCKS, however many requests come at once.',
      'test/integration/limits/connections.test.ts',
      'open a few connections, and are all answered',
    ],
    [
      'Connections in all are bounded, and those at rest are given up for others.',
      'test/integration/limits/connections.test.ts',
      'are shared by the sites',
    ],
    [
      'Who waits for a connection is bound by its own time and signal, and served in order.',
      'test/integration/limits/connections.test.ts',
      'ends with its time, with its signal',
    ],
    [
      'Keep-alive time and requests per connection are options.',
      'test/integration/limits/connections.test.ts',
      'is closed after as many requests as it may carry',
    ],
    [
      'Requests to an origin at once are limited over all sessions.',
      'test/integration/limits/origin-limits.test.ts',
      'hold for all sessions of a broker together',
    ],
    [
      'A rate lets no more begin in any window.',
      'test/unit/services/origin-lane.test.ts',
      'lets no more begin in any window',
    ],
    [
      'The limits hold for all processes on a store, also when one is killed.',
      'test/integration/limits/origin-limits.test.ts',
      'hold on SQLite, also when one of them is killed',
    ],
    [
      'Of sessions that wait each gets its own in its order.',
      'test/unit/services/origin-lane.test.ts',
      'lets each session have its own in its order',
    ],
    [
      'A session’s life follows Max-Age, Expires, Cache-Control and the exp of tokens.',
      'test/unit/pipeline/session-life.test.ts',
      'the life of a session',
    ],
    [
      'A login is made anew before it ends, once for all who share the session, and no request is refused.',
      `${RESILIENCE}/reauthentication.test.ts`,
      'is made anew before it ends, once for all processes',
    ],
    [
      'A login in progress holds up only requests that were refused.',
      'test/unit/pipeline/reauthentication.test.ts',
      'a login under way holds up only those that were refused',
    ],
    [
      'Requests that are refused at the same time log in once.',
      `${RESILIENCE}/reauthentication.test.ts`,
      'logs in once, however many are refused',
    ],
    ['Several processes on one store log in once.', `${RESILIENCE}/reauthentication.test.ts`, 'log in once'],
  ]),
  ...of(PARTS, [
    [
      'A Vault or Secrets Manager that is killed in mid-request is unavailable, and the next one serves.',
      `${CREDENTIALS}/killed.test.ts`,
      'a server that is killed in mid-request is unavailable',
    ],
    [
      'A store that a user brings keeps the sessions of a broker, sealed.',
      'test/integration/store/brought-store.test.ts',
      'keeps the sessions of a broker, sealed',
    ],
    [
      'The kit for stores passes a store that is right, and no other.',
      'test/unit/store-kit/store-kit.test.ts',
      'the kit for stores',
    ],
    [
      'Credentials come from Vault by token, are those of the current version, and print as [secret].',
      `${CREDENTIALS}/vault.test.ts`,
      'are those of the current version, by a token',
    ],
    [
      'They come from Vault by AppRole, in a namespace, over TLS.',
      `${CREDENTIALS}/vault.test.ts`,
      'are had with an AppRole',
    ],
    ['A rotated version is picked up.', `${CREDENTIALS}/vault.test.ts`, 'are those of a new version'],
    [
      'Credentials come from AWS Secrets Manager.',
      `${CREDENTIALS}/aws-secrets-manager.test.ts`,
      'are those of the current version, and print as',
    ],
    [
      'A process takes a rotated store key without a restart.',
      'test/integration/store/live-keys.test.ts',
      'goes on through onejar keys rotate',
    ],
    ['Store keys come from Vault.', 'test/integration/store/live-keys.test.ts', 'has its keys from Vault'],
    ['A store on DynamoDB passes the whole kit.', 'test/conformance/store/dynamodb.test.ts', 'DynamoDB'],
    [
      'The rights of Redis on the page are enough for the kit, over TLS.',
      'test/conformance/store/redis-rights.test.ts',
      'were enough for all of the kit',
    ],
    [
      'They end at the prefix and at the commands that are used.',
      'test/conformance/store/redis-rights.test.ts',
      'end at the prefix',
    ],
    [
      'Without password, certificate and authority they give nothing.',
      'test/conformance/store/redis-rights.test.ts',
      'are nobody’s without the password',
    ],
    [
      '`requestIdHeader` sends one random UUID of an open session, over HTTP and from pages.',
      'test/integration/http/bot-auth.test.ts',
      'is one random UUID for an open session',
    ],
    [
      'It is off by default.',
      'test/integration/http/bot-auth.test.ts',
      'is not there unless it is asked for',
    ],
  ]),
  ...of(CITIZEN, [
    [
      'Requests over HTTP are signed on every hop at the chosen origins, robots.txt too, verified by an implementation of others; no other origin gets a signature.',
      'test/integration/http/bot-auth.test.ts',
      'are signed at the chosen origins on every hop',
    ],
    [
      'Pages sign what they load from the chosen origins, and nothing else, after redirects neither.',
      'test/integration/http/bot-auth.test.ts',
      'sign what they load from the chosen origins',
    ],
    [
      'The signatures of the draft’s vectors are reproduced, and pass with its authors’ package.',
      'test/unit/http/bot-auth.test.ts',
      'a signature',
    ],
    [
      'A key comes from a function, and a new one is taken.',
      'test/unit/http/bot-auth.test.ts',
      'comes from a function',
    ],
    [
      'The command line prints the directory, whose signature others verify.',
      'test/integration/http/bot-auth.test.ts',
      'makes a key and prints its directory',
    ],
    [
      'What a site wishes is one value on each response.',
      `${COMPLIANCE}/purpose.test.ts`,
      'is on each response, and forbids nothing by itself',
    ],
    [
      'Content-Usage, Content-Signal, X-Robots-Tag, TDMRep and RSL are read.',
      'test/unit/compliance/preferences.test.ts',
      'headers',
    ],
    [
      'A purpose that robots.txt forbids is not sent, and the trail has the line.',
      `${COMPLIANCE}/purpose.test.ts`,
      'is not sent where robots.txt forbids it',
    ],
    [
      'A purpose that header, meta or reservation forbids is refused.',
      `${COMPLIANCE}/purpose.test.ts`,
      'is refused by',
    ],
    [
      'A site’s TDM file is heard, beneath header and meta.',
      `${COMPLIANCE}/purpose.test.ts`,
      'hears of reservations',
    ],
    [
      'A 402 is an error with the price, and is sent once.',
      `${COMPLIANCE}/purpose.test.ts`,
      'is an error with the price',
    ],
  ]),
  run(CITIZEN, 'A signature costs at most 5 % of `session.request`.', 'bench/bot-auth.ts'),
  ...of(USE, [
    [
      '`deadLetter` of a request.',
      'test/integration/service/tenants.test.ts',
      'get no dead letter of another one',
    ],
    [
      '`extract` of a request, and each operation of the description.',
      'test/integration/service/openapi.test.ts',
      'answers every operation of openapi.json',
    ],
    [
      '`proxy` of a request.',
      'test/integration/service/request-options.test.ts',
      'proxy: it is the one that each request names',
    ],
    [
      '`idempotencyKey` of a request.',
      'test/integration/service/request-options.test.ts',
      'idempotencyKey: the site gets the request once',
    ],
    [
      '`retry` of a request.',
      'test/integration/service/request-options.test.ts',
      'retry: as often as it says',
    ],
    [
      '`robots` of a request.',
      'test/integration/service/request-options.test.ts',
      'robots: false does without',
    ],
    [
      '`purpose` of a request.',
      'test/integration/service/request-options.test.ts',
      'purpose: what the site forbids',
    ],
  ]),
]

/** The command that shows a requirement, for a person. */
export function commandOf({ test, script }: Requirement): string {
  if (script !== undefined) return `node ${script.join(' ')}`
  const [file, title] = test ?? ['', '']
  return `npx vitest run ${file} -t '${title}'`
}
