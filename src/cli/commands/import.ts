import { openBroker, type Session } from '../../client/index.ts'
import type { Command } from '../command.ts'
import { type CurlLine, isCurlText, readCurlText } from '../curl/curl-lines.ts'
import { putCurlCookies } from '../curl/put-cookies.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { type AnyReport, importLines, nothingTaken } from '../import-report.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { readInput } from '../read-input.ts'
import { FILE_FORMATS, importSpec } from '../specs/import.ts'
import { UsageError } from '../usage-error.ts'
import { NAMED_SESSIONS, warnOf } from '../with-store.ts'

/** `onejar import SESSION FILE`. */
export const importCommand: Command = {
  spec: importSpec,
  async run(args, { stdin, stdout, messages }) {
    const { values, words: positionals } = parseCommand(args, importSpec, messages)
    const [id = '', path = ''] =
      values.session === undefined
        ? takeWords(positionals, 'the session', 'the file')
        : [values.session, ...takeWords(positionals, 'the file')]
    const format = oneOf(values.format ?? 'auto', FILE_FORMATS, '--format')
    const { store, tenant, url } = values
    if (url !== undefined && !/^https?:/.test(URL.parse(url)?.protocol ?? ''))
      throw new UsageError('--url takes a URL, as https://shop.example/')
    const bytes = await readInput(path, stdin)
    const options = {
      ...(store === undefined ? {} : { store: { target: store, whenAway: 'refuse' as const } }),
      onWarning: warnOf(messages),
    }
    const broker = await openBroker(options, NAMED_SESSIONS)
    try {
      const session = await broker.session(id, tenant === undefined ? {} : { tenant })
      const report = await take(session, bytes, format, url)
      await session.flush()
      if (values.json) await stdout.write(`${printableJson(report)}\n`)
      else if (!values.silent) for (const line of importLines(report)) messages.say(`onejar: ${line}`)
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

/** Lines of curl are the command line's own form; the others are the library's. */
async function take(
  session: Session,
  bytes: Buffer,
  format: (typeof FILE_FORMATS)[number],
  url: string | undefined,
): Promise<AnyReport> {
  const text = format === 'curl' || format === 'auto' ? bytes.toString() : ''
  if (format !== 'curl' && !(format === 'auto' && isCurlText(text)))
    return session.import(bytes, { format, ...(url === undefined ? {} : { url }) })
  let lines: CurlLine[]
  try {
    lines = readCurlText(text)
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause
    throw new CommandError(`The file cannot be read as lines of curl: ${cause.message}`, EXIT.badInput, {
      cause,
    })
  }
  return putCurlCookies(session, lines)
}
