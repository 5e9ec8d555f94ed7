import { AuditTrail } from '../../../src/audit/index.ts'

/** Writes records until it has written enough, or is killed. Tells of each on stdout. */
const [path = '', secret = '', name = '', count = '0'] = process.argv.slice(2)
const keys = [{ id: 'test', secret: Buffer.from(secret) }]
const clock = { now: () => Date.now() }
const trail = AuditTrail.open({ path, keys, maxFileBytes: 20_000, clock })
for (let i = 0; i < Number(count); i++) {
  trail.record('robots-disallowed', null, { writer: name, number: i })
  process.stdout.write(`${i}\n`)
}
trail.close()
