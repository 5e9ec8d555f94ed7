import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const NAMES: Readonly<Record<string, string>> = { darwin: 'ffmpeg-mac', win32: 'ffmpeg-win64.exe' }

/**
 * Makes a folder of Playwright's downloads whose ffmpeg writes what it is given to where a video was to be: tests are about
 * which pages are filmed, and not about the encoding.
 *
 * @returns what to set PLAYWRIGHT_BROWSERS_PATH to
 */
export function ffmpegStandIn(folder: string): string {
  const core = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'))
  const { browsers } = JSON.parse(readFileSync(join(core, 'browsers.json'), 'utf8')) as {
    browsers: { name: string; revision: string }[]
  }
  const revision = browsers.find(({ name }) => name === 'ffmpeg')?.revision
  const place = join(folder, `ffmpeg-${revision}`)
  const file = join(place, NAMES[process.platform] ?? 'ffmpeg-linux')
  mkdirSync(place, { recursive: true })
  writeFileSync(
    file,
    `#!${process.execPath}
import('node:fs').then((fs) => process.stdin.pipe(fs.createWriteStream(process.argv.at(-1))))
`,
  )
  chmodSync(file, 0o755)
  return folder
}
