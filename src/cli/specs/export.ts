import type { SessionFormat } from '../../client/index.ts'
import { defineCommand } from '../options/option.ts'
import { STORE_OPTIONS } from './store-options.ts'

/** Written here again: the table of commands is read before the library is loaded. */
export const EXPORT_FORMATS = [
  'playwright',
  'netscape',
  'json',
  'cdp',
] as const satisfies readonly SessionFormat[]

export const exportSpec = defineCommand({
  name: 'export',
  summary: 'write a session for Playwright, curl or another Onejar',
  usage: ['[flags] SESSION'],
  about: [
    "Writes a stored session as a file that other tools read. It holds the session's secrets: a file is made for its owner only. What the format cannot carry is reported on stderr.",
  ],
  options: {
    format: {
      value: 'FORM',
      choices: EXPORT_FORMATS,
      help: "playwright (storage state, the default), netscape (cookies.txt, for curl, wget, yt-dlp), json (Onejar's own, loses nothing), cdp (cookies as Chromium's debugging protocol has them)",
    },
    output: { short: 'o', value: 'FILE', completes: 'file', help: 'instead of stdout' },
    silent: { short: 's', help: 'do not report what is lost' },
    json: { help: 'for programs: what is lost, and an error, as JSON on stderr' },
    ...STORE_OPTIONS,
  },
  examples: [
    'onejar export alice --format netscape -o cookies.txt',
    'onejar export alice --format json | onejar import bob -',
  ],
  words: 'session',
})
