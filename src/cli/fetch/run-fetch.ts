import type { Session } from '../../client/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { Given } from '../options/parse-command.ts'
import { wholeNumber } from '../options/values.ts'
import { Output, writeFailed } from '../output.ts'
import { readInput } from '../read-input.ts'
import { byteText } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { writeCookieJar } from './cookie-jar-file.ts'
import type { FetchFlags } from './flags.ts'
import { parseRate } from './limit-rate.ts'
import { putCookieFiles, withFetchSession } from './open-session.ts'
import { watchForReport } from './report-file.ts'
import { askedRequest, commonRequest } from './request.ts'
import { retryRules } from './retries.ts'
import { type TransferEnd, type TransferParts, transferOne } from './transfer-one.ts'
import { type Transfer, transfersOf } from './transfers.ts'
import { WireWatch } from './wire-watch.ts'
import { parseWriteOut } from './write-out.ts'

/** What `onejar curl` does before: puts the cookies of its line into the session. */
export type Prepare = (session: Session) => Promise<void>

/**
 * Fetches what a command line asks for. The exit code is that of the last URL, as with curl.
 *
 * @throws UsageError, CommandError, OnejarError before anything is sent
 */
export async function runFetch(
  flags: FetchFlags,
  given: readonly Given[],
  context: CommandContext,
  prepare?: Prepare,
): Promise<number> {
  const { messages, stdin, stdout } = context
  messages.silent = flags.silent === true && !flags['show-error']
  const transfers = transfersOf(given)
  const writeOut =
    flags['write-out'] === undefined ? undefined : await readWriteOut(flags['write-out'], context)
  const rules = retryRules(flags)
  const rate = flags['limit-rate']
  const bytesPerSecond = rate === undefined ? null : parseRate(rate)
  if (flags['remote-header-name'] && flags['remote-name'] === undefined)
    throw new UsageError('-J names the file of -O: give both')
  const most = wholeNumber(flags['parallel-max'] ?? '50', '--parallel-max', 1, 300)
  const common = await commonRequest(flags, given, stdin)
  const [first] = transfers as [Transfer]
  // What is wrong with a request is said before a session is opened for it.
  const { url } = await askedRequest({ ...first, upload: undefined }, flags, common)
  if (flags.har !== undefined) Output.assertCanBeMade(flags.har, true)
  for (const path of [flags.report, flags['cookie-jar']])
    if (path !== undefined && path !== '-') Output.assertCanBeMade(path, false)
  return withFetchSession(flags, context, async (session) => {
    const urls = transfers.map(({ word }) => word)
    const writeReport = flags.report === undefined ? null : watchForReport(session, flags.report, urls)
    const recording = flags.har === undefined ? null : session.record({ har: flags.har })
    await putCookieFiles(session, flags, url, context)
    await prepare?.(session)
    const watch = new WireWatch()
    const heads = headsOutput(flags['dump-header'], stdout)
    const startedAt = performance.now()
    try {
      const parts = { session, flags, context, common, watch, rules, bytesPerSecond, writeOut, heads }
      const ends = await transferAll(transfers, parts, flags.parallel ? most : 1)
      if (transfers.length > 1 && !messages.silent) messages.say(summary(ends, performance.now() - startedAt))
      return ends.at(-1)?.exitCode ?? EXIT.ok
    } finally {
      watch.close()
      if (heads !== null && heads !== stdout) await heads.close()
      // As with curl, also when a request failed.
      if (flags['cookie-jar'] !== undefined) await writeCookieJar(session, flags['cookie-jar'], context)
      await writeReport?.()
      await recording?.stop().catch(harFailed(flags.har ?? ''))
    }
  })
}

/** What the library says of an option is a file of the command line here, as `-o` is. */
function harFailed(path: string): (error: unknown) => never {
  return (error) => {
    throw isOnejarError(error, 'ONEJAR_BAD_OPTIONS') ? writeFailed(path, error.cause) : error
  }
}

async function readWriteOut(
  text: string,
  { stdin }: CommandContext,
): Promise<ReturnType<typeof parseWriteOut>> {
  return parseWriteOut(text.startsWith('@') ? (await readInput(text.slice(1), stdin)).toString() : text)
}

function headsOutput(path: string | undefined, stdout: Output): Output | null {
  if (path === undefined) return null
  return path === '-' ? stdout : Output.toFile(path, { secret: true })
}

/** One after the other, or up to `atOnce` at the same time; the ends are in the order of the URLs. */
async function transferAll(
  transfers: readonly Transfer[],
  parts: TransferParts,
  atOnce: number,
): Promise<TransferEnd[]> {
  const ends: TransferEnd[] = []
  let next = 0
  const worker = async () => {
    while (next < transfers.length) {
      const at = next++
      ends[at] = await transferOne(transfers[at] as Transfer, parts)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, transfers.length) }, worker))
  return ends
}

function summary(ends: readonly TransferEnd[], ms: number): string {
  const failed = ends.filter(({ exitCode }) => exitCode !== EXIT.ok).length
  const bytes = ends.reduce((sum, end) => sum + end.bytes, 0)
  const bad = failed === 0 ? '' : `, ${failed} failed`
  return `onejar: ${ends.length - failed} of ${ends.length} fetched${bad}; ${byteText(bytes)} in ${(ms / 1_000).toFixed(1)} s`
}
