/**
 * What a signature costs `session.request`: node bench/bot-auth.ts
 *
 * Two brokers ask one site on the loopback in turn, in one process, a block of requests each; what is compared are the medians of
 * the blocks' CPU time and of their duration. The ratios hold on a busy machine as well; the times do not.
 */
import { generateKeyPairSync } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BrokerOptions, openBroker } from '../src/index.ts'

const BLOCKS = 40
const REQUESTS = 250

const server = http.createServer((_request, response) => response.end('{"ok":true}'))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const key = { kty: 'OKP', crv: 'Ed25519', x, d } as const
const identity = { userAgent: 'bench', clientHints: {}, acceptLanguage: 'en' }

async function open(botAuth?: BrokerOptions['botAuth']) {
  const broker = await openBroker({ store: 'memory', robots: false, identity, botAuth })
  return { broker, session: await broker.session('bench'), cpu: [] as number[], wall: [] as number[] }
}

const agent = 'https://bot.example'
const origins = [new URL(url).origin]
const plain = await open()
const signed = await open({ key, agent, origins })
const each = await open({ key, agent, origins, reuseMs: 0 })
const all = [plain, signed, each]
for (let block = -3; block < BLOCKS; block++) {
  // Who begins changes, so that nobody always comes after the same one.
  for (let turn = 0; turn < all.length; turn++) {
    const one = all[(block + 3 + turn) % all.length] as typeof plain
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    for (let i = 0; i < REQUESTS; i++) await (await one.session.request(url)).body.dump()
    const { user, system } = process.cpuUsage(cpu)
    if (block < 0) continue
    one.wall.push(performance.now() - startedAt)
    one.cpu.push((user + system) / 1000)
  }
}
const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] as number
const ratio = (one: typeof plain, of: 'cpu' | 'wall') => median(one[of]) / median(plain[of])
const report = {
  signed: { cpu: ratio(signed, 'cpu'), wall: ratio(signed, 'wall') },
  signedEachAnew: { cpu: ratio(each, 'cpu'), wall: ratio(each, 'wall') },
  microsecondsPlain: (median(plain.wall) / REQUESTS) * 1000,
}
console.log(
  JSON.stringify(report, (_name, value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value)),
)
for (const { broker } of all) await broker.close()
server.close()
if (report.signed.cpu > 1.05) {
  console.error('a signature costs more than 5 % of session.request')
  process.exitCode = 1
}
