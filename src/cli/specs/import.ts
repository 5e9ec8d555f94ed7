import type { ImportFormat } from '../../client/index.ts'
import { defineCommand } from '../options/option.ts'
import { EXPORT_FORMATS } from './export.ts'
import { JSON_OPTION, STORE_OPTIONS } from './store-options.ts'

/** The forms that `onejar import` reads: those of the library, and a command line of curl. */
export const FILE_FORMATS = [
  'auto',
  ...EXPORT_FORMATS,
  'extension',
  'selenium',
  'har',
  'headers',
  'curl',
] as const satisfies readonly (ImportFormat | 'auto' | 'curl')[]

export const importSpec = defineCommand({
  name: 'import',
  summary: 'take the cookies and the storage of a file into a session',
  usage: ['[flags] SESSION FILE', '[flags] --session NAME FILE'],
  about: [
    'Takes the cookies and the storage of a file into a session, which is made when there is none. FILE - is stdin. What the session holds beside stays; where both have something, the file wins. What is not taken, or not as it is written, is reported on stderr; when nothing is taken the exit code is 108.',
  ],
  options: {
    format: {
      value: 'FORM',
      choices: FILE_FORMATS,
      help: 'auto (the default, by what the file holds), playwright, netscape, json, cdp (see onejar export --help), extension (of a browser: EditThisCookie, Cookie-Editor, ...), selenium (get_cookies()), har, headers (what curl -D writes), curl (what "Copy as cURL" of DevTools gives: one line or many)',
    },
    url: {
      value: 'URL',
      help: 'the site that headers are from: a cookie without Domain belongs to its host',
    },
    session: { value: 'NAME', completes: 'session', help: 'the session, instead of the word' },
    silent: { short: 's', help: 'do not report what is not taken' },
    ...JSON_OPTION,
    ...STORE_OPTIONS,
  },
  examples: [
    'onejar import alice storage-state.json',
    'onejar import alice cookies.txt --format netscape',
    'onejar import alice copied-from-devtools.txt --format curl',
    'curl -sD- -o /dev/null https://shop.example/ | onejar import alice - --url https://shop.example/',
  ],
  words: 'file',
})
