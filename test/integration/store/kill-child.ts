/**
 * A process that writes a session until it is killed: pairs of items in one commit each, and prints the number of each
 * commit once the store has acknowledged it. Arguments: target, writer.
 */
import { writeSync } from 'node:fs'
import { openStore } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'

const [target = '', writer = ''] = process.argv.slice(2)
const session = { tenant: 'kill', id: 'session' }
const store = await openStore(target)

for (let number = 0; ; number++) {
  await store.commit(session, [
    localEntry(`${writer} ${number} left`, `${number}`, number, writer),
    localEntry(`${writer} ${number} right`, `${number}`, number, writer),
    localEntry('shared', `${writer} ${number}`, number, writer),
    ...(number >= 10 ? [localEntry(`${writer} ${number - 10} left`, null, number, writer)] : []),
  ])
  writeSync(1, `${number}\n`)
}
