import { exportStored, SESSION_FORMATS } from '../../client/index.ts'
import type { Store } from '../../store/index.ts'
import { auditNote } from '../audit-note.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { isStdout, Output } from '../output.ts'
import { printableJson } from '../printable.ts'
import { exportSpec } from '../specs/export.ts'
import { loadStored, sessionKey, withStore } from '../with-store.ts'

/** `onejar export SESSION`. */
export const exportCommand: Command = {
  spec: exportSpec,
  async run(args, { stdout, messages, env }) {
    const { values, words: positionals } = parseCommand(args, exportSpec, messages)
    const [id = ''] = takeWords(positionals, 'the session')
    const format = oneOf(values.format ?? 'playwright', SESSION_FORMATS, '--format')
    const read = async (store: Store) => {
      const session = sessionKey(id, values)
      const stored = await loadStored(store, session)
      auditNote(values, env, 'session-exported', store.pseudonym(session), { format })
      return stored
    }
    const { entries } = await withStore(values, messages, read, 'refuse')
    const { text, losses } = await exportStored(entries, format, Date.now())
    if (isStdout(values.output)) await stdout.write(text)
    else {
      const file = Output.toFile(values.output, { secret: true })
      await file.write(text).catch(() => {})
      await file.close()
    }
    if (values.json) {
      if (losses.length > 0) messages.write(`${printableJson({ losses }, 0)}\n`)
      return EXIT.ok
    }
    for (const { what, count, names, why } of values.silent ? [] : losses) {
      const shown = `${names.join(', ')}${count > names.length ? ', ...' : ''}`
      messages.say(`onejar: lost: ${what} of ${count} (${shown}): ${why}`)
    }
    return EXIT.ok
  },
}
