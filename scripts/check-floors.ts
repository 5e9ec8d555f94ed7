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
    routing: 3,
    'store-kit': 3,
    dynamodb: 3,
    session: 4,
    service: 5,
    cli: 6,
    vault: 7,
    'aws-secrets-manager': 7,
    'tough-cookie': 7,
  },
  sideways: { record: ['core'], telemetry: ['core'] },
  pure: ['record', 'challenge', 'resilience', 'compliance'],
  entryFloor: 4,
  entryNames: 60,
}

const found = checkFloors(fileURLToPath(new URL('../src', import.meta.url)), PLAN)
for (const line of found) process.stderr.write(`src/${line}\n`)
if (found.length > 0) process.exitCode = 1
