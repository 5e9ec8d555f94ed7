import { join } from 'node:path'
import { openBroker } from '../../../src/index.ts'

// Opens sessions one after the other, each of which is in the trail, tells of each, and ends without closing anything.
const [folder = '', name = '', count = '0'] = process.argv.slice(2)
const broker = await openBroker({
  store: join(folder, 'onejar.db'),
  identity: null,
  audit: { path: join(folder, 'audit.jsonl'), maxFileBytes: 1_000_000 },
})
for (let i = 0; i < Number(count); i++) {
  await broker.session(`${name}-${i}`)
  process.stdout.write(`${i}\n`)
}
process.exit(0)
