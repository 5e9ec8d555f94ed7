import { execFile } from 'node:child_process'

const TIMEOUT_MS = 10_000

/** What a program says to `--version`, in one line; null when it does not start. What it prints beside that is dropped. */
export function runVersion(file: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(file, ['--version'], { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
      const line = stdout.trim().split('\n')[0]
      resolve(error || !line ? null : line)
    })
  })
}
