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
    http: 2,
    browser: 2,
    store: 2,
    queue: 2,
    audit: 2,
    browsing: 3,
    'store-kit': 3,
    dynamodb: 3,
    routing: 4,
    session: 5,
    service: 6,
    cli: 7,
    vault: 8,
    'aws-secrets-manager': 8,
    'tough-cookie': 8,
  },
  sideways: { record: ['core'], telemetry: ['core'] },
  pure: ['record', 'challenge', 'resilience', 'compliance'],
  entryFloor: 5,
  entryNames: 60,
}

const found = checkFloors(fileURLToPath(new URL('../src', import.meta.url)), PLAN)
for (const line of found) process.stderr.write(`src/${line}\n`)
if (found.length > 0) process.exitCode = 1
