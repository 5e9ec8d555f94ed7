import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A screen that nobody sees, and the hands of a person at it. */
export interface Display {
  /** For the environment of what is to be shown on it. */
  readonly name: string
  /** Resolves when a window has a title that matches. */
  window(title: string): Promise<void>
  /** Presses what closes a window, until something has ended: a window that has just come does not take keys yet. */
  closeWindow(ended: Promise<unknown>): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Between two tries. */
const PAUSE_MS = 2_000
const SIZE = { width: 1280, height: 800 }

/** Starts Xvfb on a number that is free. */
export async function openDisplay(): Promise<Display> {
  const args = ['-displayfd', '3', '-screen', '0', `${SIZE.width}x${SIZE.height}x24`, '-nolisten', 'tcp']
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  const number = await new Promise<string>((resolve, reject) => {
    child.once('error', () =>
      reject(new Error('There is no Xvfb here: node scripts/ensure-parts.ts --only xvfb')),
    )
    child.once('close', () => reject(new Error('Xvfb ended')))
    let said = ''
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.endsWith('\n')) resolve(said.trim())
    })
  })
  const name = `:${number}`
  const hand = (...words: string[]) => run('xdotool', words, { env: { ...process.env, DISPLAY: name } })
  return {
    name,
    async window(title) {
      for (;;) {
        try {
          await hand('search', '--sync', '--onlyvisible', '--name', title)
          return
        } catch (error) {
          // A window that goes away while it is looked at ends the search with an error of the display.
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        }
      }
    },
    async closeWindow(ended) {
      let open = true
      const over = ended.finally(() => {
        open = false
      })
      while (open) {
        await hand('mousemove', String(SIZE.width / 3), String(SIZE.height / 2), 'key', 'ctrl+w')
        await Promise.race([over, new Promise((resolve) => setTimeout(resolve, PAUSE_MS))])
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
