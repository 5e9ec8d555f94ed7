import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Store } from '../../../src/store/index.ts'
import { values } from '../../conformance/store/store-kit.ts'

export interface RoundOptions {
  readonly target: string
  readonly env: Readonly<Record<string, string>>
  /** Tells the writers of one round from those of another. */
  readonly round: number
  readonly writers: number
}

/** What a round found: acknowledged writes that are not in the store, and commits of which only a part is. */
export interface RoundReport {
  readonly acknowledged: number
  readonly lost: readonly string[]
  readonly torn: readonly string[]
}

const CHILD = fileURLToPath(new URL('kill-child.ts', import.meta.url))
const SESSION = { tenant: 'kill', id: 'session' }

/** Lets several processes write one session at once, kills each with SIGKILL after a while, and looks what is left. */
export async function killRound(options: RoundOptions, open: () => Promise<Store>): Promise<RoundReport> {
  const names = Array.from({ length: options.writers }, (_, at) => `w${options.round}-${at}`)
  const acknowledged = new Map(
    await Promise.all(
      names.map(async (writer) => [writer, await writeUntilKilled(writer, options)] as const),
    ),
  )
  const store = await open()
  try {
    const held = values(await store.load(SESSION))
    const lost: string[] = []
    const torn: string[] = []
    for (const [writer, last] of acknowledged) {
      for (let number = 0; number <= last; number++) {
        const left = held[`${writer} ${number} left`]
        const deleted = number <= last - 10
        if (held[`${writer} ${number} right`] !== `${number}`) lost.push(`${writer} ${number} right`)
        // The commit after the last acknowledged one may be in the store too, with its deletion.
        const mayBeDeleted = number === last - 9
        if (left !== (deleted ? null : `${number}`) && !(mayBeDeleted && left === null)) {
          lost.push(`${writer} ${number} left`)
        }
      }
      const beyond = last + 1
      if (`${writer} ${beyond} left` in held !== `${writer} ${beyond} right` in held)
        torn.push(`${writer} ${beyond}`)
    }
    const total = [...acknowledged.values()].reduce((sum, last) => sum + last + 1, 0)
    return { acknowledged: total, lost, torn }
  } finally {
    await store.close()
  }
}

/** @returns the number of the last acknowledged commit */
function writeUntilKilled(writer: string, options: RoundOptions): Promise<number> {
  const enough = 5 + Math.floor(Math.random() * 40)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', CHILD, options.target, writer], {
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.split('\n').length > enough) child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the writer ended with ${code}: ${errors}`))
      const complete = output.slice(0, output.lastIndexOf('\n')).split('\n')
      resolve(Number(complete.at(-1)))
    })
  })
}
