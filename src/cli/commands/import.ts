import { IMPORT_FORMATS, openBroker } from '../../client/index.ts'
import type { Command } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { importLines, nothingTaken } from '../import-report.ts'
import { oneOf, parseFlags, takeWords } from '../parse-flags.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import { STORE_FLAGS, STORE_HELP, warnOf } from '../with-store.ts'

const HELP = `usage: onejar import [flags] SESSION FILE
       onejar import [flags] --session NAME FILE

Takes the cookies and the storage of a file into a session, which is made when there is none. FILE - is stdin. What the
session holds beside stays; where both have something, the file wins. What is not taken, or not as it is written,
is reported on stderr; when nothing is taken the exit code is 108.

      --format FORM   auto (the default, by what the file holds), playwright, netscape, json, cdp (see onejar export
                      --help), extension (of a browser: EditThisCookie, Cookie-Editor, ...), selenium
                      (get_cookies()), har, headers (what curl -D writes)
      --url URL       the site that headers are from: a cookie without Domain belongs to its host
      --session NAME  the session, instead of the word
  -s, --silent        do not tell what is not taken
${STORE_HELP}

examples
  onejar import alice storage-state.json
  onejar import alice cookies.txt --format netscape
  curl -sD- -o /dev/null https://shop.example/ | onejar import alice - --url https://shop.example/
`

const FLAGS = {
  ...STORE_FLAGS,
  format: { type: 'string' },
  session: { type: 'string' },
  url: { type: 'string' },
  silent: { type: 'boolean', short: 's' },
} as const

/** `onejar import SESSION FILE`. */
export const importCommand: Command = {
  help: HELP,
  async run(args, { stdin, messages }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    const [id = '', path = ''] =
      values.session === undefined
        ? takeWords(positionals, 'the session', 'the file')
        : [values.session, ...takeWords(positionals, 'the file')]
    const format = oneOf(values.format ?? 'auto', ['auto', ...IMPORT_FORMATS], '--format')
    const { store, tenant, url } = values
    if (url !== undefined && !/^https?:/.test(URL.parse(url)?.protocol ?? ''))
      throw new UsageError('--url takes a URL, as https://shop.example/')
    const bytes = await readInput(path, stdin)
    const broker = await openBroker({
      ...(store === undefined ? {} : { store: { target: store, whenAway: 'refuse' as const } }),
      onWarning: warnOf(messages),
    })
    try {
      const session = await broker.session(id, tenant === undefined ? {} : { tenant })
      const report = await session.import(bytes, { format, ...(url === undefined ? {} : { url }) })
      await session.flush()
      if (!values.silent) for (const line of importLines(report)) messages.say(`onejar: ${line}`)
      const failure = nothingTaken(path, report)
      if (failure !== null) throw new CommandError(failure, EXIT.badInput)
    } catch (error) {
      await broker.close().catch(() => {})
      throw error
    }
    await broker.close()
    return EXIT.ok
  },
}
