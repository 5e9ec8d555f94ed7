import { isDeepStrictEqual } from 'node:util'
import { acceptLanguageFor, isOnejarError } from '../../core/index.ts'
import { IdentityHeaders, type IdentitySource, lateIdentity } from '../../http/index.ts'
import type { ChangeSource, Identity, SessionRecord } from '../../record/index.ts'

/** What the session shows of itself: found once, kept in the record, and made into headers for HTTP. */
export class SessionIdentity {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #chosen: Identity | null | undefined
  readonly #ask: () => Promise<Identity | null>
  readonly #locale: string | undefined
  #headers: IdentityHeaders | null | undefined
  #late: IdentitySource | undefined
  #loading: Promise<IdentityHeaders | null> | undefined

  /**
   * @param chosen - what the caller chose to show; null to send no identity headers. It takes precedence over the record's.
   * @param ask - what the browser shows; null where there is none. Asked once, and kept in the record.
   * @param locale - the language of the pages, where the caller chose one: that of requests over HTTP too, where no identity is
   * chosen
   */
  constructor(
    record: SessionRecord,
    source: ChangeSource,
    chosen: Identity | null | undefined,
    ask: () => Promise<Identity | null>,
    locale?: string,
  ) {
    this.#locale = locale
    this.#record = record
    this.#source = source
    this.#chosen = chosen
    this.#ask = ask
  }

  /** The headers' maker; null when none are sent, undefined before `load()` has resolved. */
  get headers(): IdentityHeaders | null | undefined {
    return this.#headers
  }

  /**
   * What goes into a request. Where there is none although none was chosen, it is that of whoever opens a browser for the
   * session, as soon as the record has it: a clearance is worth nothing under another name.
   */
  get source(): IdentitySource | undefined {
    return this.#headers ?? this.#late
  }

  /** The identity: from the record, or taken now and kept there. One that fails is tried again at the next call. */
  load(): Promise<IdentityHeaders | null> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  /**
   * Takes what a browser of the caller's shows, where nothing was chosen and nothing else is known yet: sites are to see the same
   * client from both sides.
   */
  async adopt(ask: () => Promise<Identity>): Promise<void> {
    const isOpen = () =>
      this.#chosen === undefined && this.#loading === undefined && !this.#record.value('identity', '')
    if (!isOpen()) return
    const identity = await ask().catch(() => null)
    if (identity === null || !isOpen()) return
    this.#record.write([{ kind: 'identity', id: '', value: identity }], this.#source)
  }

  async #load(): Promise<IdentityHeaders | null> {
    const kept = () => this.#record.value('identity', '')
    let identity = this.#chosen === undefined ? (kept() ?? null) : this.#chosen
    if (this.#chosen === undefined && identity === null) {
      identity = await this.#ask().catch((error) => {
        // HTTP goes on without a browser; an escalation will say what is wrong with it.
        if (isOnejarError(error, 'ONEJAR_BROWSER_FAILED') || isOnejarError(error, 'ONEJAR_BROWSER_LIMITED'))
          return null
        throw error
      })
    }
    if (identity !== null && this.#chosen === undefined && this.#locale !== undefined)
      identity = { ...identity, acceptLanguage: acceptLanguageFor(this.#locale) }
    if (identity !== null && !isDeepStrictEqual(identity, kept())) {
      this.#record.write([{ kind: 'identity', id: '', value: identity }], this.#source)
    }
    this.#headers = identity === null ? null : new IdentityHeaders(identity)
    if (identity === null && this.#chosen === undefined) this.#await()
    return this.#headers
  }

  #await(): void {
    this.#late = lateIdentity(() => this.#headers ?? undefined)
    const stop = this.#record.subscribe(() => {
      const identity = this.#record.value('identity', '')
      if (identity === undefined) return
      stop()
      this.#headers = new IdentityHeaders(identity)
    })
  }
}
