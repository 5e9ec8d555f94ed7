import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CliHome, Ended } from '../run-cli.ts'
import type { Recorded, RecordedSite } from './recorded-site.ts'

/** What one of the two made of a command line. */
export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** What the site was asked. */
  readonly asked: readonly Recorded[]
  /** The files that are there afterwards. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Runs the same flags with the real curl and with onejar fetch, each in an empty folder, against the same server.
 *
 * @param files - what is in the folder before
 */
export async function besideCurl(
  home: CliHome,
  site: RecordedSite,
  args: readonly string[],
  { files = {}, input }: { readonly files?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<{ readonly curl: Outcome; readonly onejar: Outcome }> {
  const outcome = async (run: (folder: string) => Promise<Ended>): Promise<Outcome> => {
    const folder = home.file('beside')
    mkdirSync(folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    site.take()
    try {
      const { code, out, err } = await run(folder)
      const left = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])
      return { code, out, err, asked: site.take(), files: Object.fromEntries(left) }
    } finally {
      if (existsSync(folder)) rmSync(folder, { recursive: true })
    }
  }
  const options = input === undefined ? {} : { input }
  return {
    // Redirects are followed by the one unless it is told not to, and by the other where it is told to.
    curl: await outcome((folder) => home.spawn('curl', ['-sSL', ...args], options, folder).ended),
    onejar: await outcome(async (folder) => {
      const before = process.cwd()
      process.chdir(folder)
      try {
        return await home.run(['fetch', '-sS', ...args], options)
      } finally {
        process.chdir(before)
      }
    }),
  }
}

/** Of requests what both have to send alike: not what each is by itself. */
export function essence(asked: readonly Recorded[], ...headers: readonly string[]) {
  return asked.map((request) => ({
    method: request.method,
    url: request.url,
    body: request.body,
    headers: Object.fromEntries(headers.map((name) => [name, request.headers[name]])),
  }))
}
