import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SIGNALS } from '../../../challenge/index.ts'
import { OnejarError, packageVersion, whyOfFile, writePrivateFile } from '../../../core/index.ts'
import { harDocument, KEEP_SECRETS, redactor } from '../../../har/index.ts'
import type { Services } from '../../../services/index.ts'
import { Input } from '../../input/input.ts'
import type { SessionParts } from '../session-parts.ts'
import { ExchangeList } from './exchange-list.ts'
import { PageTraffic } from './page-traffic.ts'

const RECORD = new Input('session.record()')
const MAX_ENTRIES = 100_000
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** What `session.record()` writes. */
export interface RecordOptions {
  /** The file: it is written when the recording is stopped, for its owner only. */
  readonly har: string
  /**
   * Whether values of cookies, queries and headers are left out (`redacted`) or written (`kept`). A file with them is as good as a
   * password: who has it is the session's user. Default: redacted.
   */
  readonly secrets?: 'redacted' | 'kept'
  /** Bodies up to so many bytes are written too, as they are, with whatever secret is in them; 64 MiB in all. Up to 16 MiB. Default: 0, none. */
  readonly maxBodyBytes?: number
  /** How many requests are kept, the latest. Up to 100,000. Default: 5,000. */
  readonly maxEntries?: number
}

/**
 * A recording of what a session sends and gets, over HTTP and in its pages, as one HAR file. Made by `session.record()`.
 *
 * @example
 * ```ts
 * const recording = session.record({ har: 'trace.har' })
 * await session.fetch('https://example.com/')
 * await recording.stop()
 * ```
 */
export class HarRecording {
  readonly #services: Pick<Services, 'queue' | 'isBrowserHere'>
  readonly #options: Required<RecordOptions>
  readonly #list: ExchangeList
  readonly #pages: PageTraffic
  readonly #ends: readonly (() => void)[]
  #stopped: Promise<void> | undefined

  /** Use `session.record()`. */
  constructor(session: SessionParts, options: RecordOptions) {
    this.#services = session.services
    this.#options = takeOptions(options)
    const { secrets, maxBodyBytes } = this.#options
    if (secrets === 'kept' || maxBodyBytes > 0) {
      const { compliance } = session.services
      compliance.record('session-revealed', session.config.key, { what: 'a recording of its traffic' })
    }
    const list = new ExchangeList(this.#options)
    const pages = new PageTraffic(list)
    this.#list = list
    this.#pages = pages
    this.#ends = [
      session.traffic.add({
        wire: list,
        watch: (binding) => pages.watch(binding),
        stop: () => this.stop(),
      }),
      session.events.tap((event) => list.note(event), true),
    ]
  }

  /**
   * Ends the recording and writes the file. Releasing the session does the same. Idempotent.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS when the file cannot be written
   * @example
   * ```ts
   * const recording = session.record({ har: 'trace.har' })
   * await recording.stop()
   * ```
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    for (const end of this.#ends) end()
    await this.#pages.stop()
    const { har, secrets } = this.#options
    const { queue, isBrowserHere } = this.#services
    const exchanges = this.#list.taken(queue !== null && !(await isBrowserHere()))
    const { left } = this.#list
    const text = harDocument(exchanges, {
      version: packageVersion(),
      redactor: secrets === 'kept' ? KEEP_SECRETS : redactor(telling()),
      comment: left === 0 ? '' : `${left} earlier requests were not kept`,
    })
    try {
      writePrivateFile(har, text)
    } catch (cause) {
      throw unwritable(har, cause)
    }
  }
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED, ONEJAR_AUDIT_FAILED */
export function openRecording(session: SessionParts, options: RecordOptions): HarRecording {
  session.assertOpen()
  return new HarRecording(session, options)
}

/** The headers that challenges are known by: without their values a trace could not be explained. */
function telling(): ReadonlySet<string> {
  return new Set(
    SIGNALS.flatMap((signal) =>
      signal.in === 'header' && signal.has !== undefined ? [signal.name ?? ''] : [],
    ),
  )
}

function takeOptions(options: RecordOptions): Required<RecordOptions> {
  const given = RECORD.members(options, ['har', 'secrets', 'maxBodyBytes', 'maxEntries'])
  const har = RECORD.text(given.har, 'har', 4_096)
  if (har === '' || har.includes('\0')) throw RECORD.bad('har: expected the name of a file')
  try {
    accessSync(dirname(resolve(har)), constants.W_OK)
  } catch (cause) {
    throw unwritable(har, cause)
  }
  return {
    har: resolve(har),
    secrets: RECORD.oneOf(given.secrets, 'secrets', ['redacted', 'kept']) ?? 'redacted',
    maxBodyBytes: whole(given.maxBodyBytes, 'maxBodyBytes', 0, MAX_BODY_BYTES) ?? 0,
    maxEntries: whole(given.maxEntries, 'maxEntries', 1, MAX_ENTRIES) ?? 5_000,
  }
}

function whole(value: unknown, path: string, least: number, most: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw RECORD.bad(`${path}: expected a whole number from ${least} to ${most}`)
}

function unwritable(path: string, cause: unknown): OnejarError {
  const what = `session.record(): ${path} cannot be written (${whyOfFile(cause)})`
  return new OnejarError('ONEJAR_BAD_OPTIONS', what, { cause })
}
