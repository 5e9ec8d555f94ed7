import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openStore } from '../../../src/store/index.ts'
import { startHttpServer } from '../../support/http-server.ts'

export interface ResponseRounds {
  readonly target: string
  readonly keys: string
  readonly rounds: number
  /** How many processes run (and are killed) at the same time. */
  readonly parallel: number
}

const SCRIPT = fileURLToPath(new URL('response-worker.ts', import.meta.url))

/**
 * Starts processes that get responses with cookies and die in the moment they have said so of some, and looks for the
 * cookies in the store.
 *
 * @returns how many were said, and those of them that the store does not hold
 */
export async function respondAndKill(
  options: ResponseRounds,
): Promise<{ readonly said: number; readonly lost: string[] }> {
  await using server = await startHttpServer((request, response) => {
    response.writeHead(200, { 'set-cookie': `${request.url?.slice(1)}=1; Path=/; Max-Age=3600` }).end('fine')
  })
  const env = { PATH: process.env['PATH'], ONEJAR_KEYS: options.keys }
  let said = 0
  const lost: string[] = []
  let round = 0
  const run = async () => {
    while (round < options.rounds) {
      const name = `r${round++}`
      const cookies = await untilKilled([options.target, server.origin, name, String(10 + (round % 30))], env)
      const store = await openStore({ target: options.target, keys: options.keys })
      const { entries } = await store.load({ tenant: 'default', id: name })
      await store.close()
      const held = new Set(entries.flatMap(({ kind, id }) => (kind === 'cookie' ? [id.split('\n')[2]] : [])))
      said += cookies.length
      lost.push(...cookies.filter((cookie) => !held.has(cookie)))
    }
  }
  await Promise.all(Array.from({ length: options.parallel }, run))
  return { said, lost }
}

/** @returns the cookies that the process had said when it was dead */
async function untilKilled(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const child = spawn(process.execPath, ['--no-warnings', SCRIPT, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [, signal] = await once(child, 'close')
  if (signal !== 'SIGKILL') throw new Error('the process ended by itself')
  return output.split('\n').slice(0, -1)
}
