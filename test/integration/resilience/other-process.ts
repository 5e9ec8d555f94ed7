import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FetchOptions } from '../../../src/index.ts'

/** What a request of another process came to. */
export interface Answer {
  readonly status?: number
  readonly text?: string
  readonly code?: string
}

/** Another process with the session `shared` on a store. */
export async function startOther(store: string) {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, store], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<number, (answer: Answer) => void>()
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { number, ...answer } = JSON.parse(line) as Answer & { readonly number?: number }
    if (number === undefined) ready.resolve()
    else waiting.get(number)?.(answer)
  })
  await ready.promise
  let count = 0
  return {
    fetch(url: string, options: FetchOptions = {}): Promise<Answer> {
      const number = ++count
      const { promise, resolve } = Promise.withResolvers<Answer>()
      waiting.set(number, resolve)
      child.stdin.write(`${JSON.stringify({ number, url, options })}\n`)
      return promise
    },
    /** Ends it as a crash would. */
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await gone
    },
  }
}
