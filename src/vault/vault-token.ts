import { z } from 'zod'
import { isOnejarError, OnejarError, Secret } from '../core/index.ts'
import type { VaultHttp, VaultReply } from './vault-http.ts'
import { type ParsedVaultOptions, tokenSchema } from './vault-options.ts'

/** A token, and when it ends. */
export interface HeldToken {
  readonly token: Secret
  /** Its lease when it was issued, in milliseconds; 0 when it does not end, or its end is unknown. */
  readonly leaseMs: number
  /** On the clock of `performance.now()`. */
  endsAt: number
}

const lease = {
  lease_duration: z.number().min(0),
  renewable: z.boolean(),
}
const loginSchema = z.object({ auth: z.object({ client_token: z.string().min(1), ...lease }) })
const renewalSchema = z.object({ auth: z.object(lease) })
const lookupSchema = z.object({ data: z.object({ ttl: z.number().min(0), renewable: z.boolean() }) })

/** A lease is renewed after this part of its time. */
const RENEW_AT = 2 / 3
/** A renewal that grants less than this part of the first lease shows that the token has reached its maximum age. */
const WORTH_IT = 1 / 10
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 24 * 3_600_000

/** The token for requests to Vault. It is fetched on first use, renewed in time, and replaced when it ends or is refused. */
export class VaultToken {
  readonly #http: VaultHttp
  readonly #auth: ParsedVaultOptions['auth']
  #held: HeldToken | null = null
  #getting: Promise<HeldToken> | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(http: VaultHttp, auth: ParsedVaultOptions['auth']) {
    this.#http = http
    this.#auth = auth
  }

  /** @throws OnejarError what `VaultHttp.send` throws */
  async get(): Promise<HeldToken> {
    const held = this.#held
    // A token that would end during the request is not used.
    if (held !== null && performance.now() < held.endsAt - Math.min(1_000, held.leaseMs / 10)) return held
    this.#getting ??= this.#obtain().finally(() => {
      this.#getting = null
    })
    return this.#getting
  }

  /** Another token in place of one that was refused; null when only the same one can be had. */
  async another(refused: HeldToken): Promise<HeldToken | null> {
    if (this.#held === refused) this.#drop()
    const held = await this.get()
    const isSame = !('roleId' in this.#auth) && held.token.reveal() === refused.token.reveal()
    return isSame ? null : held
  }

  /** Gives back a token that was got by a login. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const held = this.#getting === null ? this.#held : await this.#getting.catch(() => null)
    this.#held = null
    if (held === null || !('roleId' in this.#auth)) return
    const revoke = { method: 'POST', path: 'auth/token/revoke-self', token: held.token } as const
    // It ends by itself too.
    await this.#http.send(revoke, 1).catch(() => {})
  }

  async #obtain(): Promise<HeldToken> {
    const auth = this.#auth
    const { token, leaseMs, renewable } =
      'roleId' in auth
        ? await this.#logIn(auth)
        : await this.#lookUp(auth.token instanceof Secret ? auth.token : await this.#ask(auth.token))
    const held = { token, leaseMs, endsAt: leaseMs > 0 ? performance.now() + leaseMs : Infinity }
    if (this.#closed) return held
    this.#held = held
    if (renewable && leaseMs > 0) this.#plan(held, leaseMs)
    return held
  }

  async #logIn({ roleId, secretId, mount }: Extract<ParsedVaultOptions['auth'], { roleId: Secret }>) {
    const path = `auth/${mount.split('/').map(encodeURIComponent).join('/')}/login`
    const body = { role_id: roleId.reveal(), secret_id: secretId.reveal() }
    const reply = await this.#http.send({ method: 'POST', path, body })
    const parsed = reply.status === 200 ? loginSchema.safeParse(reply.body) : null
    if (!parsed?.success) throw this.#unusable('does not take the AppRole', reply)
    const { client_token, lease_duration, renewable } = parsed.data.auth
    return { token: new Secret(client_token), leaseMs: lease_duration * 1_000, renewable }
  }

  async #ask(source: () => unknown): Promise<Secret> {
    let given: unknown
    try {
      given = await source()
    } catch (error) {
      const name = error instanceof Error ? error.constructor.name : typeof error
      throw new OnejarError('ONEJAR_CREDENTIALS_UNAVAILABLE', `The function auth.token threw (${name})`)
    }
    const token = tokenSchema.safeParse(given)
    if (token.success) return token.data
    throw new OnejarError('ONEJAR_CREDENTIALS_UNUSABLE', 'The function auth.token gave no token')
  }

  /** How long a token lives that somebody else got. A policy may forbid to ask: it is used all the same, unrenewed. */
  async #lookUp(token: Secret) {
    const reply = await this.#http.send({ method: 'GET', path: 'auth/token/lookup-self', token })
    const parsed = reply.status === 200 ? lookupSchema.safeParse(reply.body) : null
    if (!parsed?.success) return { token, leaseMs: 0, renewable: false }
    // One whose end was reached is asked for again with each use.
    return { token, leaseMs: parsed.data.data.ttl * 1_000, renewable: parsed.data.data.renewable }
  }

  #plan(held: HeldToken, leftMs: number): void {
    const wait = Math.min(Math.max(leftMs * RENEW_AT, FIRST_WAIT_MS), LONGEST_WAIT_MS)
    this.#timer = setTimeout(() => void this.#renew(held), wait).unref()
  }

  async #renew(held: HeldToken): Promise<void> {
    const { token } = held
    try {
      const reply = await this.#http.send({ method: 'POST', path: 'auth/token/renew-self', token, body: {} })
      if (this.#held !== held) return
      const parsed = reply.status === 200 ? renewalSchema.safeParse(reply.body) : null
      // Refused, or at its maximum age: the next request fetches another token.
      if (!parsed?.success) return this.#drop()
      const leaseMs = parsed.data.auth.lease_duration * 1_000
      held.endsAt = performance.now() + leaseMs
      if (parsed.data.auth.renewable && leaseMs >= held.leaseMs * WORTH_IT) this.#plan(held, leaseMs)
    } catch (error) {
      const leftMs = held.endsAt - performance.now()
      if (this.#held !== held || !isOnejarError(error, 'ONEJAR_CREDENTIALS_UNAVAILABLE')) return
      if (leftMs > FIRST_WAIT_MS) this.#plan(held, leftMs)
    }
  }

  #drop(): void {
    this.#held = null
    clearTimeout(this.#timer)
  }

  #unusable(what: string, { status }: VaultReply): OnejarError {
    return new OnejarError(
      'ONEJAR_CREDENTIALS_UNUSABLE',
      `Vault at ${this.#http.host} ${what} (status ${status})`,
      { details: { host: this.#http.host, status } },
    )
  }
}
