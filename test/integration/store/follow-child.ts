/**
 * A process that holds a record of the session, writes a hundred items of its own, fights for a shared one, follows what
 * others write, and in the end prints what it holds as JSON. Arguments: target, writer.
 */
import { writeSync } from 'node:fs'
import { type Entry, mergeInto } from '../../../src/record/index.ts'
import { openStore, WriteBehind } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { values } from '../../conformance/store/store-kit.ts'

const [target = '', writer = ''] = process.argv.slice(2)
const session = { tenant: 'several', id: 'session' }
const store = await openStore(target)
const queue = new WriteBehind(store, { maxBatch: 7, maxDelayMs: 5 })
const record = new Map<string, Entry>()
const done = Promise.withResolvers<void>()
const link = queue.link(session, {
  recall: () => [...record.values()],
  onChange(changes) {
    mergeInto(record, changes.entries)
    look()
  },
})

/** The others are done when each has set its mark; nothing comes after that. */
function look(): void {
  const held = values({ entries: [...record.values()] })
  if (['a', 'b', 'c'].every((other) => held[`done ${other}`] === '1')) done.resolve()
}

function write(...delta: Entry[]): Promise<void> | undefined {
  mergeInto(record, delta)
  return link.push(delta)
}

mergeInto(record, (await link.load()).entries)
await link.follow()
for (let number = 0; number < 100; number++) {
  await write(
    localEntry(`${writer} ${number}`, 'v', number, writer),
    localEntry('shared', `${writer} ${number}`, (number * 7) % 100, writer),
  )
  if (number % 10 === 9) await write(localEntry(`${writer} ${number - 6}`, null, number, writer))
  if (number % 25 === 24) await link.flush()
}
await link.flush()
await write(localEntry(`done ${writer}`, '1', 1000, writer))
await link.flush()
look()
// Waiting for others alone keeps no process alive, on purpose; this one has to stay.
const alive = setInterval(() => {}, 1000)
await done.promise
clearInterval(alive)
await link.catchUp()
writeSync(1, JSON.stringify(values({ entries: [...record.values()] })))
await queue.close()
await store.close()
