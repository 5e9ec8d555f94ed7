import { setTimeout as pause } from 'node:timers/promises'
import { internalsOf, type Session, type SessionResponse } from '../../client/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { CommandContext } from '../command.ts'
import { CommandError, EXIT, exitCodeOf } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { factsOf } from './facts.ts'
import type { FetchFlags } from './flags.ts'
import { failureLine, resultLine } from './json-result.ts'
import { limited } from './limit-rate.ts'
import { type AskedRequest, askedRequest, type CommonRequest } from './request.ts'
import { dumpedHeads, headText } from './response-head.ts'
import { type Attempt, Retries, type RetryRules } from './retries.ts'
import { openTarget } from './target-file.ts'
import type { Transfer } from './transfers.ts'
import { WireTrace, type WireWatch } from './wire-watch.ts'
import type { parseWriteOut } from './write-out.ts'

/** What the transfers of a command line share. */
export interface TransferParts {
  readonly session: Session
  readonly flags: FetchFlags
  readonly context: CommandContext
  readonly common: CommonRequest
  readonly watch: WireWatch
  readonly rules: RetryRules | null
  readonly bytesPerSecond: number | null
  readonly writeOut: ReturnType<typeof parseWriteOut> | undefined
  /** What `-D` writes to; null for nowhere. */
  readonly heads: Output | null
}

/** How one transfer ended. */
export interface TransferEnd {
  readonly exitCode: number
  readonly bytes: number
}

interface Got {
  readonly response: SessionResponse | null
  readonly file: string | null
  readonly size: number
  readonly error: unknown
}

/**
 * One URL from its request to the last byte, retries included. What fails is reported here, and is the exit code.
 *
 * @throws ReaderGone, and what ends the whole command: a signal
 */
export async function transferOne(transfer: Transfer, parts: TransferParts): Promise<TransferEnd> {
  const { flags, context, rules, watch } = parts
  const { messages, signal } = context
  const asked = await askedRequest(transfer, flags, parts.common)
  const retries = rules === null ? null : new Retries(rules)
  for (;;) {
    const trace = new WireTrace()
    const response = await watch
      .run(trace, () => send(asked, parts))
      .catch((error: unknown): { error: unknown } => ({ error }))
    signal.throwIfAborted()
    const attempt = attemptOf(response, flags)
    const pauseMs = retries?.pauseAfter(attempt) ?? null
    if (pauseMs !== null) {
      if (!('error' in response)) response.body.on('error', () => {}).destroy()
      const what =
        'status' in attempt ? `status ${attempt.status}` : messages.describe(attempt.error, 'fetch')
      if (!messages.silent)
        messages.say(`onejar: ${what}; again in ${pauseMs / 1_000} s (${retries?.left} more after that)`)
      await pause(pauseMs, undefined, { signal })
      continue
    }
    const got: Got =
      'error' in response
        ? { response: null, file: null, size: 0, error: response.error }
        : await receive(response, transfer, asked, parts)
    signal.throwIfAborted()
    return conclude(got, transfer, asked, trace, parts)
  }
}

function send({ url, options }: AskedRequest, { session, flags, context }: TransferParts) {
  const { signal } = context
  // Whoever accepts any certificate has seen why the last one was not accepted.
  const isBlocked = session.blockedOrigins().some(({ origin }) => origin === URL.parse(url)?.origin)
  if (flags.insecure && !isBlocked) session.unblock(url)
  return flags['no-escalate']
    ? internalsOf(session).requestPlain(url, { ...options, signal })
    : session.request(url, { ...options, signal })
}

function attemptOf(response: SessionResponse | { readonly error: unknown }, flags: FetchFlags): Attempt {
  if ('error' in response) return response
  const retryAfter = response.headers['retry-after']
  return {
    status: response.statusCode,
    failed: isFailure(response, flags),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  }
}

/** Whether `-f` counts it as one: what stands in for the page, a login page that it redirects to among them, is one. */
function isFailure(response: SessionResponse, flags: FetchFlags): boolean {
  if (!flags.fail && !flags['fail-with-body']) return false
  const isStandIn = response.verdict !== undefined && response.verdict.kind !== 'ok'
  return response.statusCode >= 400 || isStandIn
}

async function receive(
  response: SessionResponse,
  transfer: Transfer,
  { url }: AskedRequest,
  { flags, context, bytesPerSecond }: TransferParts,
): Promise<Got> {
  const { stdout, messages, signal } = context
  const failed = isFailure(response, flags)
  const error = failed ? siteFailed(response) : undefined
  if (failed && !flags['fail-with-body']) {
    response.body.on('error', () => {}).destroy()
    return { response, file: null, size: 0, error }
  }
  let file: ReturnType<typeof openTarget> = null
  const kept: Buffer[] | null = flags['as-json'] && transfer.target.kind === 'stdout' ? [] : null
  let size = 0
  const meter = messages.meter(
    url,
    lengthOf(response),
    transfer.target.kind === 'stdout' && stdout.isTerminal,
  )
  try {
    file = openTarget(transfer.target, url, response.headers, flags)
    const target = file?.output ?? stdout
    if ((flags.include || flags.head) && kept === null) await target.write(headText(response))
    const body = response.body as AsyncIterable<Buffer>
    for await (const chunk of bytesPerSecond === null ? body : limited(body, bytesPerSecond, signal)) {
      size += chunk.length
      meter.moved(size)
      if (kept === null) await target.write(chunk)
      else kept.push(chunk)
    }
    await file?.output.close()
    meter.end()
    if (flags['as-json']) {
      const body = kept === null ? null : Buffer.concat(kept)
      await stdout.write(resultLine(response, url, body, file?.path ?? null))
    }
    return { response, file: file?.path ?? null, size, error }
  } catch (failure) {
    meter.end()
    response.body.on('error', () => {}).destroy()
    await file?.output.discard()
    if (stdout.failure === failure) throw failure
    return { response, file: file?.path ?? null, size, error: failure }
  }
}

function lengthOf({ headers }: SessionResponse): number | null {
  const length = headers['content-length']
  return typeof length === 'string' && /^\d+$/.test(length) ? Number(length) : null
}

/** Writes what is said at the end of a transfer. */
async function conclude(
  { response, file, size, error }: Got,
  transfer: Transfer,
  asked: AskedRequest,
  trace: WireTrace,
  parts: TransferParts,
): Promise<TransferEnd> {
  const { flags, context, heads, writeOut } = parts
  const { messages, stdout } = context
  // What a proxy answered is no answer of the site.
  const ofSite = trace.isAnswered && !(isOnejarError(error) && error.code === 'ONEJAR_PROXY_FAILED')
  const broke = ofSite && [EXIT.noAnswer, EXIT.receive].includes(exitCodeOf(error) as never)
  const exitCode = error === undefined ? EXIT.ok : broke ? EXIT.partial : exitCodeOf(error)
  if (heads !== null) {
    const dumped = trace.heads.length > 0 || response === null ? dumpedHeads(trace.heads) : headText(response)
    await heads.write(dumped)
  }
  if (error !== undefined && flags['as-json'] && (response === null || exitCode !== EXIT.httpError))
    await stdout.write(failureLine(error, asked.url))
  if (writeOut) {
    const errorMessage = error === undefined ? null : messages.describe(error, 'fetch')
    const { referer } = flags
    const ended = { url: asked.url, number: transfer.number, referer, trace, response, file, size }
    const facts = factsOf({ ...ended, exitCode, errorMessage, redirects: redirectsBefore(error) })
    for (const { to, text } of writeOut(facts, response?.headers ?? {})) {
      if (to === 'stdout') await stdout.write(text)
      else messages.write(text)
    }
  }
  if (error !== undefined) messages.fail(error, 'fetch')
  return { exitCode, bytes: size }
}

function redirectsBefore(error: unknown): number {
  const redirects = isOnejarError(error) ? error.details['redirects'] : undefined
  return typeof redirects === 'number' ? redirects : 0
}

/** The status alone would not say why. */
function siteFailed({ statusCode, statusText, verdict }: SessionResponse): CommandError {
  const what = statusCode < 400 ? ` with something else than the page (${verdict?.kind})` : ''
  const said = `${statusCode} ${statusText}`.trim()
  return new CommandError(`The site answered ${said}${what}`, EXIT.httpError)
}
