import { exportStored, SESSION_FORMATS } from '../../client/index.ts'
import { auditNote } from '../audit-note.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { isStdout, Output } from '../output.ts'
import { oneOf, parseFlags, takeWords } from '../parse-flags.ts'
import { loadStored, STORE_FLAGS, STORE_HELP, sessionKey, withStore } from '../with-store.ts'

const HELP = `usage: onejar export [flags] SESSION

Writes a stored session as a file that other tools read. It holds the session's secrets: a file is made for its owner
only. What the format cannot carry is reported on stderr.

      --format FORM   playwright (storage state, the default), netscape (cookies.txt, for curl, wget, yt-dlp),
                      json (Onejar's own, loses nothing), cdp (cookies as Chromium's debugging protocol has them)
  -o, --output FILE   instead of stdout
  -s, --silent        do not tell what is lost
${STORE_HELP}

examples
  onejar export alice --format netscape -o cookies.txt
  onejar export alice --format json | onejar import bob -
`

const FLAGS = {
  ...STORE_FLAGS,
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
  silent: { type: 'boolean', short: 's' },
} as const

/** `onejar export SESSION`. */
export const exportCommand: Command = {
  help: HELP,
  async run(args, { stdout, messages, env }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    const [id = ''] = takeWords(positionals, 'the session')
    const format = oneOf(values.format ?? 'playwright', SESSION_FORMATS, '--format')
    const { entries } = await withStore(values, messages, async (store) => {
      const session = sessionKey(id, values)
      const stored = await loadStored(store, session)
      auditNote(values, env, 'session-exported', store.pseudonym(session), { format })
      return stored
    })
    const { text, losses } = await exportStored(entries, format, Date.now())
    if (isStdout(values.output)) await stdout.write(text)
    else {
      const file = Output.toFile(values.output, { secret: true })
      await file.write(text).catch(() => {})
      await file.close()
    }
    for (const { what, count, names, why } of values.silent ? [] : losses) {
      const shown = `${names.join(', ')}${count > names.length ? ', ...' : ''}`
      messages.say(`onejar: lost: ${what} of ${count} (${shown}): ${why}`)
    }
    return EXIT.ok
  },
}
