/**
 * What a signature costs `session.request`: node bench/bot-auth.ts
 *
 * Brokers in one process ask one site on the loopback, which is a process of its own, in turn: a few requests each, several hundred
 * times. What is compared is the processor time of the client, round by round; the median of the rounds' ratios holds on a busy
 * machine as well.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type BrokerOptions, openBroker } from '../src/index.ts'

const ROUNDS = 500
const WARM_UP = 30
const REQUESTS = 25

if (process.send === undefined) await measure(fork(fileURLToPath(import.meta.url)))
else serve()

function serve(): void {
  const server = http.createServer((_request, response) => response.end('{"ok":true}'))
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('disconnect', () => process.exit())
}

async function measure(site: ChildProcess): Promise<void> {
  const [port] = (await once(site, 'message')) as [number]
  const url = `http://127.0.0.1:${port}/`
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const key = { kty: 'OKP', crv: 'Ed25519', x, d } as const
  const identity = { userAgent: 'bench', clientHints: {}, acceptLanguage: 'en' }
  const open = async (botAuth?: BrokerOptions['botAuth']) => {
    const broker = await openBroker({ store: 'memory', robots: false, identity, botAuth })
    return { broker, session: await broker.session('bench'), times: [] as number[] }
  }
  const agent = 'https://bot.example'
  const origins = [new URL(url).origin]
  const plain = await open()
  // The same thing once more: how far two equal ones are apart is what this machine makes of it.
  const again = await open()
  const signed = await open({ key, agent, origins })
  const each = await open({ key, agent, origins, reuseMs: 0 })
  const all = [plain, again, signed, each]
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    // Who begins changes, so that nobody always comes after the same one.
    for (let turn = 0; turn < all.length; turn++) {
      const one = all[(round + WARM_UP + turn) % all.length] as typeof plain
      const cpu = process.cpuUsage()
      for (let i = 0; i < REQUESTS; i++) await (await one.session.request(url)).body.dump()
      const { user, system } = process.cpuUsage(cpu)
      if (round >= 0) one.times.push(user + system)
    }
  }
  const ratio = (one: typeof plain, to: (round: number) => number) =>
    median(one.times.map((time, round) => time / to(round)))
  const first = (round: number) => plain.times[round] as number
  const both = (round: number) => (first(round) + (again.times[round] as number)) / 2
  const report = {
    unsignedAgain: ratio(again, first),
    signed: ratio(signed, both),
    signedEachAnew: ratio(each, both),
  }
  console.log(
    JSON.stringify(report, (_name, value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value)),
  )
  for (const { broker } of all) await broker.close()
  site.disconnect()
  if (report.signed > 1.05) {
    console.error('a signature costs more than 5 % of session.request')
    process.exitCode = 1
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number
}
