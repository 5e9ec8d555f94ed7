import { IMPORT_FORMATS, openBroker } from '../../client/index.ts'
import type { Command } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { importLines, nothingTaken } from '../import-report.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { readInput } from '../read-input.ts'
import { importSpec } from '../specs/import.ts'
import { UsageError } from '../usage-error.ts'
import { warnOf } from '../with-store.ts'

/** `onejar import SESSION FILE`. */
export const importCommand: Command = {
  spec: importSpec,
  async run(args, { stdin, messages }) {
    const { values, words: positionals } = parseCommand(args, importSpec, messages)
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
