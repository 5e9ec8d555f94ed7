import { execFile } from 'node:child_process'
import { childEnvironment } from '../../core/index.ts'

const TIMEOUT_MS = 10_000

/** What a program says to `--version`, in one line; null when it does not start. What it prints beside that is dropped. */
export function runVersion(file: string): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, windowsHide: true, env: childEnvironment() }
    execFile(file, ['--version'], options, (error, stdout) => {
      const line = stdout.trim().split('\n')[0]
      resolve(error || !line ? null : line)
    })
  })
}
