import { openBroker, SESSION_FORMATS } from '../../session/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { oneOf, parseFlags, takeWords } from '../parse-flags.ts'
import { readInput } from '../read-input.ts'
import { STORE_FLAGS, STORE_HELP, warnOf } from '../with-store.ts'

const HELP = `usage: onejar import [flags] SESSION FILE

Takes the cookies and the storage of a file into a session, which is made when there is none. FILE - is stdin. What the
session holds beside stays; where both have something, the file goes before. What is not taken is told on stderr.

      --format FORM   auto (the default), playwright, netscape, json, cdp: see onejar export --help
  -s, --silent        do not tell what is not taken
${STORE_HELP}

examples
  onejar import alice storage-state.json
  onejar import alice cookies.txt --format netscape
`

const FLAGS = {
  ...STORE_FLAGS,
  format: { type: 'string' },
  silent: { type: 'boolean', short: 's' },
} as const

/** `onejar import SESSION FILE`. */
export const importCommand: Command = {
  help: HELP,
  async run(args, { stdin, messages }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    const [id = '', path = ''] = takeWords(positionals, 'the session', 'the file')
    const format = oneOf(values.format ?? 'auto', ['auto', ...SESSION_FORMATS], '--format')
    const { store, tenant } = values
    const bytes = await readInput(path, stdin)
    const broker = await openBroker({
      ...(store === undefined ? {} : { store: { target: store, whenAway: 'refuse' as const } }),
      onWarning: warnOf(messages),
    })
    try {
      const session = await broker.session(id, tenant === undefined ? {} : { tenant })
      const report = await session.import(bytes, format)
      await session.flush()
      if (!values.silent) {
        for (const { at, why } of report.problems) messages.say(`onejar: ${at}: ${why}`)
        messages.say(
          `onejar: ${report.cookies} cookies and ${report.origins} origins taken (${report.format})`,
        )
      }
    } catch (error) {
      await broker.close().catch(() => {})
      throw error
    }
    await broker.close()
    return EXIT.ok
  },
}
