/** Checks that imports in `src/` follow the plan of the house; prints each place that does not. */
import { fileURLToPath } from 'node:url'
import { checkFloors, type HousePlan } from './lib/floors.ts'

const PLAN: HousePlan = {
  floors: {
    core: 0,
    record: 0,
    telemetry: 0,
    document: 0,
    challenge: 1,
    resilience: 1,
    compliance: 1,
    credentials: 1,
    har: 1,
    http: 2,
    browser: 2,
    store: 2,
    queue: 2,
    audit: 2,
    discovery: 2,
    browsing: 3,
    'store-kit': 3,
    dynamodb: 3,
    routing: 4,
    services: 5,
    report: 5,
    pipeline: 6,
    client: 7,
    service: 8,
    cli: 9,
    vault: 10,
    'aws-secrets-manager': 10,
    'tough-cookie': 10,
    'test-runner': 10,
    crawlee: 11,
  },
  sideways: { record: ['core'], telemetry: ['core'] },
  pure: ['record', 'challenge', 'resilience', 'compliance', 'discovery'],
  entryFloor: 7,
  entryNames: 64,
  codeLines: 400,
  long: {
    'challenge/signals.ts': 'a table: a row for each signal',
    'store-kit/cases.ts': 'a table: the cases that each store has to pass',
  },
}

const found = checkFloors(fileURLToPath(new URL('../src', import.meta.url)), PLAN)
for (const line of found) process.stderr.write(`src/${line}\n`)
if (found.length > 0) process.exitCode = 1
