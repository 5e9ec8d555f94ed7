import { brokerInternalsOf, openBroker, type Session } from '../../client/index.ts'
import type { CommandContext } from '../command.ts'
import { importLines, nothingTaken } from '../import-report.ts'
import { readInput } from '../read-input.ts'
import { NAMED_SESSIONS, warnOf } from '../with-store.ts'
import { brokerOptions, sessionOptions } from './broker-options.ts'
import { eventLines } from './event-lines.ts'
import type { FetchFlags } from './flags.ts'
import { logHeaders } from './header-log.ts'
import { isCookieText } from './request-headers.ts'

/** Opens the session that the flags name, and puts everything away afterwards. */
export async function withFetchSession(
  flags: FetchFlags,
  context: CommandContext,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const warn = warnOf(context.messages)
  const broker = await openBroker(
    {
      ...(await brokerOptions(flags, context.stdin)),
      // Where a browser is asked for, its lack is the error that the command ends with.
      onWarning: (warning) => (warning.type === 'identity' && flags.render ? undefined : warn(warning)),
    },
    // A fetch without a session leaves nothing but what the browser shows, so that none is started to be asked.
    { keepIdentity: true, ...NAMED_SESSIONS },
  )
  let reported: Promise<void> | undefined
  const stopLog = context.messages.verbose
    ? logHeaders({ say: (line) => context.messages.say(line), reveal: flags.reveal === true })
    : () => {}
  let code: number
  try {
    const session = await broker.session(flags.session ?? 'throw-away', sessionOptions(flags))
    if (context.messages.verbose && flags.reveal)
      brokerInternalsOf(broker).revealed(session.id, session.tenant, 'headers and queries of requests')
    reported = report(session, context)
    code = await work(session)
  } catch (error) {
    // Closing can fail for the same reason; the first error is the one to report.
    await broker.close().catch(() => {})
    await reported
    throw error
  } finally {
    stopLog()
  }
  await broker.close()
  await reported
  return code
}

/** Shows what happens: all of it with `-v`, and on a terminal that the browser is at work. */
async function report(session: Session, { messages }: CommandContext): Promise<void> {
  for await (const event of session.events()) {
    if (messages.verbose) for (const line of eventLines(event)) messages.say(`* ${line}`)
    else if (event.type === 'solve-start')
      messages.progress(`the browser goes to ${event.url}: ${event.reason}`)
  }
}

/** Takes the files of `-b` into the session, and says what of them is not taken. */
export async function putCookieFiles(
  session: Session,
  flags: FetchFlags,
  url: string,
  { stdin, messages }: CommandContext,
): Promise<void> {
  for (const path of flags.cookie ?? []) {
    // As with curl, an empty name asks for no file.
    if (isCookieText(path) || path === '') continue
    const content = await readInput(path, stdin)
    const report = await session.import(content, URL.canParse(url) ? { url } : {})
    if (messages.silent) continue
    const failure = nothingTaken(path, report)
    const lines = importLines(report).slice(0, -1)
    for (const line of lines) messages.say(`onejar: ${path}: ${line}`)
    if (failure !== null) messages.say(`onejar: ${failure}`)
  }
}
