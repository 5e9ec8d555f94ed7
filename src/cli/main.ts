import { readFile } from 'node:fs/promises'

/** Runs one command and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version') {
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    process.stdout.write(`${manifest.version}\n`)
    return 0
  }
  process.stderr.write('usage: onejar --version\n')
  return 2
}
