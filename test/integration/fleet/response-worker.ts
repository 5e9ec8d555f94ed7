/**
 * Asks a server many things at once on one session, says each cookie that a returned response brought, and dies in the
 * moment it has said the last. Arguments: store, origin of the server, session, how many to say.
 */
import { openBroker } from '../../../src/index.ts'

const [target = '', origin = '', name = '', count = ''] = process.argv.slice(2)
const broker = await openBroker({
  store: { target },
  identity: null,
  robots: false,
  persist: 'before-response',
})
const session = await broker.session(name)
let number = 0
let left = Number(count)

async function ask(): Promise<never> {
  for (;;) {
    const cookie = `c${number++}`
    const { body } = await session.request(`${origin}/${cookie}`)
    // Writing to a pipe is synchronous: it is said when the signal comes.
    process.stdout.write(`${cookie}\n`)
    if (--left === 0) process.kill(process.pid, 'SIGKILL')
    await body.dump()
  }
}
await Promise.all(Array.from({ length: 8 }, ask))
