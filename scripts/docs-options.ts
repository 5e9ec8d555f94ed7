/** Makes `docs/options.md` from the docstrings of the option types; with `--check` it only says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Option, optionsOf } from './lib/options-of.ts'

const root = new URL('../src/', import.meta.url)
const page = fileURLToPath(new URL('../docs/options.md', import.meta.url))

/** Where each group is passed, and the file and interface that document it. */
const GROUPS: readonly (readonly [title: string, where: string, file: string, name: string])[] = [
  ['Broker', '`openBroker(options)`', 'client/options/option-types.ts', 'BrokerOptions'],
  ['Browser', '`browser` of a broker', 'client/options/option-types.ts', 'BrokerBrowserOptions'],
  ['Store', '`store` of a broker', 'store/store-options.ts', 'StoreOptions'],
  ['Failures', 'a broker or a session', 'client/options/option-types.ts', 'FailureOptions'],
  [
    'Retries',
    '`retry` of a broker, a session or a request',
    'client/options/option-types.ts',
    'RetryOptions',
  ],
  [
    'Circuit breaker',
    '`circuitBreaker` of a broker or a session',
    'client/options/option-types.ts',
    'CircuitOptions',
  ],
  ['Rate limits', '`rateLimits` of a broker', 'client/options/option-types.ts', 'RateLimitOptions'],
  ['Session', '`broker.session(id, options)`', 'client/options/option-types.ts', 'SessionOptions'],
  ['Contexts', '`contextOptions` of a broker or a session', 'browser/context-settings.ts', 'ContextSettings'],
  ['Identity', '`identity` of a broker or a session', 'client/options/option-types.ts', 'IdentityOptions'],
  ['Isolation', '`isolation` of a broker', 'compliance/isolation/isolation-options.ts', 'IsolationOptions'],
  [
    'Isolation of a tenant',
    '`isolation` and `isolation.tenants` of a broker',
    'compliance/isolation/isolation-options.ts',
    'TenantIsolationOptions',
  ],
  ['Signed identity', '`botAuth` of a broker', 'http/bot-auth/bot-auth-options.ts', 'BotAuthOptions'],
  [
    'Id of requests',
    '`requestIdHeader` of a broker',
    'client/options/request-id-header.ts',
    'RequestIdHeaderOptions',
  ],
  ['Pool', '`broker.pool(options)`', 'client/options/option-types.ts', 'PoolOptions'],
  ['Lease', '`pool.lease(options)`, `pool.use(options)`', 'client/options/pool-options.ts', 'LeaseOptions'],
  [
    'Request',
    '`session.fetch(url, options)`, `session.request(url, options)`',
    'client/options/fetch-options.ts',
    'FetchOptions',
  ],
  ['Queue', '`queue` of a broker', 'queue/queue-options.ts', 'QueueOptions'],
  ['Telemetry', '`telemetry` of a broker', 'client/options/option-types.ts', 'TelemetryOptions'],
  ['robots.txt', '`robots` of a broker', 'client/options/option-types.ts', 'RobotsOptions'],
  ['Redaction', '`redact` of a broker', 'client/options/option-types.ts', 'RedactOptions'],
  ['Audit trail', '`audit` of a broker', 'client/options/option-types.ts', 'AuditOptions'],
]

const sections = GROUPS.map(([title, where, file, name]) => {
  const options = optionsOf(readFileSync(new URL(file, root), 'utf8'), name)
  for (const option of options)
    if (option.text === '') throw new Error(`${file}: ${name}.${option.name} has no docstring`)
  return `## ${title}\n\nPassed as ${where}; in TypeScript \`${name}\`.\n\n${options.map(line).join('\n')}\n`
})
const text = `# Options

Every option, from the docstrings that the editor shows: made by \`node scripts/docs-options.ts\`. Durations end in \`Ms\`, sizes in
\`Bytes\`. What is unknown or of the wrong form is refused with ONEJAR_BAD_OPTIONS, which names each option by its path.

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/options.md is not current. Run: node scripts/docs-options.ts\n')
    process.exitCode = 1
  }
} else writeFileSync(page, text)

function line({ name, isRequired, text }: Option): string {
  return `- \`${name}\`${isRequired ? ' (required)' : ''}: ${text}`
}
