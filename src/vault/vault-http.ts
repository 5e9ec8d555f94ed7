import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { growingPause, OnejarError, type Secret } from '../core/index.ts'
import type { ParsedVaultOptions } from './vault-options.ts'

/** A request to Vault's HTTP API. */
export interface VaultRequest {
  readonly method: 'GET' | 'POST'
  /** The path below `/v1/`, percent-encoded. */
  readonly path: string
  readonly token?: Secret
  readonly body?: Readonly<Record<string, string>>
}

/** Vault's answer. */
export interface VaultReply {
  readonly status: number
  /** The parsed JSON of the body; undefined when the body is not JSON. */
  readonly body: unknown
}

type Attempt =
  | { readonly ok: true; readonly reply: VaultReply }
  | { readonly ok: false; readonly why: string; readonly waitMs: number }

/** Statuses that may pass by themselves: a replica that is behind, overload, a standby, a sealed server, a fault. */
const PASSING = new Set([412, 429, 472, 473, 500, 502, 503, 504])
const MOVED = new Set([307, 308])
const MAX_MOVES = 2
const MAX_BODY_BYTES = 1024 * 1024
const MAX_PAUSE_MS = 5_000
const PAUSE = { firstMs: 200, longestMs: MAX_PAUSE_MS, spread: 0.5 }
const KEEP_ALIVE_MS = 4_000

/** Sends requests to Vault, within limits of time, size and attempts. Messages never hold a path, because paths hold names. */
export class VaultHttp {
  readonly #options: ParsedVaultOptions
  readonly #agent: Agent
  readonly #closing = new AbortController()
  readonly host: string

  constructor(options: ParsedVaultOptions) {
    this.#options = options
    this.host = new URL(options.address).host
    this.#agent = new Agent({
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: options.timeoutMs, ...options.tls },
    })
  }

  /** @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE, ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_TLS, ONEJAR_CLOSED */
  async send(what: VaultRequest, attempts = this.#options.attempts): Promise<VaultReply> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(what)
      if (outcome.ok) return outcome.reply
      if (attempt >= attempts) {
        const times = attempt === 1 ? '' : `, ${attempt} times`
        throw new OnejarError(
          'ONEJAR_CREDENTIALS_UNAVAILABLE',
          `Vault at ${this.host} gave no usable answer${times}: ${outcome.why}`,
          { details: { host: this.host } },
        )
      }
      const pause = growingPause(PAUSE, attempt)
      const wait = Math.min(Math.max(pause, outcome.waitMs), MAX_PAUSE_MS)
      await sleep(wait, undefined, { signal: this.#closing.signal }).catch(() => {})
      if (this.#closing.signal.aborted) throw closed()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#agent.destroy()
  }

  async #attempt(what: VaultRequest): Promise<Attempt> {
    const { timeoutMs, address } = this.#options
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    let url = new URL(`${address.replace(/\/+$/, '')}/v1/${what.path}`)
    try {
      for (let moves = 0; ; moves++) {
        const { statusCode: status, headers, body } = await this.#ask(url, what, signal)
        if (MOVED.has(status)) {
          await body.dump()
          if (moves === MAX_MOVES) return { ok: false, why: 'it redirects more than twice', waitMs: 0 }
          url = this.#moved(url, headers['location'])
          continue
        }
        if (PASSING.has(status)) {
          await body.dump()
          return { ok: false, why: `status ${status}`, waitMs: secondsIn(headers['retry-after']) * 1_000 }
        }
        return { ok: true, reply: { status, body: parse(await this.#text(body)) } }
      }
    } catch (error) {
      if (error instanceof OnejarError) throw error
      if (this.#closing.signal.aborted) throw closed()
      if (signal.aborted) return { ok: false, why: `it took longer than ${timeoutMs} ms`, waitMs: 0 }
      const code = codeOf(error)
      if (/CERT|SSL|TLS|SIGNATURE|SELF_SIGNED/.test(code)) {
        throw new OnejarError('ONEJAR_TLS', `No trustworthy connection to Vault at ${this.host}: ${code}`, {
          details: { host: this.host, fault: code },
        })
      }
      return { ok: false, why: code, waitMs: 0 }
    }
  }

  #ask(url: URL, { method, token, body }: VaultRequest, signal: AbortSignal) {
    const { namespace } = this.#options
    return request(url, {
      method,
      dispatcher: this.#agent,
      signal,
      headers: {
        // Vault Agent and Vault Proxy can demand this header, against forged requests. Other servers ignore it.
        'x-vault-request': 'true',
        ...(token === undefined ? {} : { 'x-vault-token': token.reveal() }),
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** The URL of the active node, to which a standby redirects. A redirect from https to http is refused. */
  #moved(from: URL, location: string | string[] | undefined): URL {
    const to = typeof location === 'string' ? URL.parse(location, from) : null
    const downgrade = from.protocol === 'https:' && to?.protocol !== 'https:'
    if (to !== null && /^https?:$/.test(to.protocol) && !downgrade) return to
    throw new OnejarError(
      'ONEJAR_CREDENTIALS_UNUSABLE',
      `Vault at ${this.host} redirects to a URL that is not followed`,
    )
  }

  async #text(body: AsyncIterable<Buffer>): Promise<string> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) {
        throw new OnejarError(
          'ONEJAR_CREDENTIALS_UNUSABLE',
          `Vault at ${this.host} answered with more than ${MAX_BODY_BYTES} bytes`,
        )
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function secondsIn(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : 0
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'the connection failed'
}

function closed(): OnejarError {
  return new OnejarError('ONEJAR_CLOSED', 'The provider of credentials was closed before its call was over')
}
