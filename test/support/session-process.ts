import { openBroker } from '../../src/index.ts'

// Another process on the same store: does what it is told, line by line, and answers each with a line.
const [store] = process.argv.slice(2)
const broker = await openBroker({ store: store as string, identity: null, robots: false })
const session = await broker.session('shared')
process.stdout.write('ready\n')
process.stdin.setEncoding('utf8')
for await (const chunk of process.stdin) {
  for (const line of (chunk as string).split('\n').filter(Boolean)) {
    const [what, url, value] = line.split(' ') as [string, string, string]
    if (what === 'set') {
      await session.cookies.set(value, url)
      await session.flush()
      process.stdout.write('done\n')
    } else process.stdout.write(`${session.cookies.header(url)}\n`)
  }
}
await broker.close()
