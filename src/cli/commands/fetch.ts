import { type BrokerOptions, openBroker, type Session, type SessionResponse } from '../../client/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { eventLines } from '../fetch/event-lines.ts'
import { FETCH_FLAGS, FETCH_HELP, type FetchFlags } from '../fetch/flags.ts'
import { logHeaders } from '../fetch/header-log.ts'
import { type AskedRequest, askedRequest, isCookieText } from '../fetch/request.ts'
import { type Facts, parseWriteOut } from '../fetch/write-out.ts'
import { importLines, nothingTaken } from '../import-report.ts'
import { isStdout, Output } from '../output.ts'
import { parseFlags, takeWords } from '../parse-flags.ts'
import { printable, printableBytes } from '../printable.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'
import { warnOf } from '../with-store.ts'

/** `onejar fetch URL`. */
export const fetchCommand: Command = {
  help: FETCH_HELP,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, FETCH_FLAGS, context.messages)
    const flags = values as FetchFlags
    const [word = ''] = takeWords(positionals, 'the URL')
    context.messages.silent = flags.silent === true && !flags['show-error']
    const format = flags['write-out'] === undefined ? undefined : parseWriteOut(flags['write-out'])
    const asked = await askedRequest(word, flags, context.stdin)
    return withSession(flags, asked.url, context, (session) =>
      fetchOne(session, asked, flags, context, format),
    )
  },
}

/** Opens the session that the flags name, and puts everything away afterwards. */
async function withSession(
  flags: FetchFlags,
  url: string,
  context: CommandContext,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const warn = warnOf(context.messages)
  const broker = await openBroker(
    {
      ...brokerOptions(flags),
      // Where a browser is asked for, its lack is the error that the command ends with.
      onWarning: (warning) => (warning.type === 'identity' && flags.render ? undefined : warn(warning)),
    },
    // A fetch without a session leaves nothing but what the browser shows, so that none is started to be asked.
    { keepIdentity: true },
  )
  let reported: Promise<void> | undefined
  const stopLog = context.messages.verbose
    ? logHeaders({ say: (line) => context.messages.say(line), reveal: flags.reveal === true })
    : () => {}
  let code: number
  try {
    const session = await broker.session(flags.session ?? 'throw-away', sessionOptions(flags))
    reported = tell(session, context)
    await putCookieFiles(session, flags, url, context)
    code = await work(session)
  } catch (error) {
    // Closing can fail for the same reason; the first error is the one to tell.
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

function brokerOptions(flags: FetchFlags): BrokerOptions {
  if (flags.session === undefined && (flags.store !== undefined || flags.tenant !== undefined)) {
    throw new UsageError('--store and --tenant say where a session is kept: name it with --session')
  }
  const proxy = flags.proxy
  return {
    // A fetch that a person types is theirs, as with curl; a crawl of many can ask for the rules.
    ...(flags.robots ? {} : { robots: false as const }),
    ...(flags.session === undefined
      ? { store: { target: 'memory' } }
      : flags.store === undefined
        ? {}
        : // A single request is better not made than made without the session that it is for.
          { store: { target: flags.store, whenAway: 'refuse' as const } }),
    // What comes is written as it comes: nothing piles up here.
    maxResponseBytes: false,
    ...(proxy === undefined ? {} : { proxy: proxy.includes('://') ? proxy : `http://${proxy}` }),
    ...(flags.insecure ? { ignoreHTTPSErrors: true } : {}),
    ...(flags.headed ? { browser: { headless: false } } : {}),
  }
}

function sessionOptions(flags: FetchFlags) {
  const userAgent = flags['user-agent']
  return {
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
    ...(userAgent === undefined ? {} : { identity: { userAgent } }),
  }
}

/** Shows what happens: all of it with `-v`, and on a terminal that the browser is at work. */
async function tell(session: Session, { messages }: CommandContext): Promise<void> {
  for await (const event of session.events()) {
    if (messages.verbose) for (const line of eventLines(event)) messages.say(`* ${line}`)
    else if (event.type === 'solve-start')
      messages.progress(`the browser goes to ${event.url}: ${event.reason}`)
  }
}

/** Takes the files of `-b` into the session, and says what of them is not taken. */
async function putCookieFiles(
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

async function fetchOne(
  session: Session,
  { url, options }: AskedRequest,
  flags: FetchFlags,
  { stdout, messages, signal }: CommandContext,
  format: ((facts: Facts) => string) | undefined,
): Promise<number> {
  const startedAt = performance.now()
  // Whoever accepts any certificate has seen why the last one was not accepted.
  const isBlocked = session.blockedOrigins().some(({ origin }) => origin === new URL(url).origin)
  if (flags.insecure && !isBlocked) session.unblock(url)
  const response = await session.request(url, { ...options, signal })
  // What stands in for the page, a login page that it redirects to among them, is a failure whatever its status.
  const isStandIn = response.verdict !== undefined && response.verdict.kind !== 'ok'
  const failed = flags.fail === true && (response.statusCode >= 400 || isStandIn)
  let size = 0
  if (failed) response.body.on('error', () => {}).destroy()
  else {
    const file = isStdout(flags.output) ? null : Output.toFile(flags.output, { secret: false })
    const target = file ?? stdout
    try {
      if (flags.include || flags.head) await target.write(headText(response))
      const before = target.bytes
      for await (const chunk of response.body) await target.write(chunk as Buffer)
      size = target.bytes - before
    } catch (error) {
      await file?.discard()
      throw error
    }
    await file?.close()
  }
  if (format) {
    await stdout.write(
      format({
        http_code: String(response.statusCode).padStart(3, '0'),
        via: response.via,
        time_total: ((performance.now() - startedAt) / 1000).toFixed(6),
        url_effective: response.url.href,
        content_type: printable(String(response.headers['content-type'] ?? '')),
        size_download: String(size),
      }),
    )
  }
  if (!failed) return EXIT.ok
  const { statusCode, statusText, verdict } = response
  // The status alone would not say why.
  const what = statusCode < 400 ? ` with something else than the page (${verdict?.kind})` : ''
  const said = `${statusCode} ${statusText}`.trim()
  if (!messages.silent) messages.say(`onejar: The site answered ${said}${what}`)
  return EXIT.httpError
}

/** The head of a response as it is written above a body. */
function headText({ httpVersion, statusCode, statusText, headers }: SessionResponse): Buffer {
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusText}`.trimEnd()]
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one ?? ''}`)
  }
  return Buffer.concat([...lines, ''].flatMap((line) => [printableBytes(line), Buffer.from('\r\n')]))
}
