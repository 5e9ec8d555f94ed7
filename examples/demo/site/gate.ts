import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { CappedMap, type Challenge, createChallenge, randomInt, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { z } from 'zod'
import { readToken, signToken } from './signed-token.ts'

const Payload = z.object({
  challenge: z.object({
    parameters: z.looseObject({
      algorithm: z.literal('PBKDF2/SHA-256'),
      nonce: z.hex(),
      salt: z.hex(),
      cost: z.number().int().positive(),
      keyLength: z.number().int().positive().max(64),
      keyPrefix: z.hex(),
      expiresAt: z.number(),
    }),
    signature: z.hex(),
  }),
  solution: z.object({ counter: z.number().int(), derivedKey: z.hex() }),
})

export interface GateOptions {
  /** PBKDF2 iterations per attempt. */
  readonly cost: number
  /** How long a challenge can be answered. */
  readonly challengeMs: number
  /** How long a clearance is valid. */
  readonly clearanceMs: number
}

/** Why an answer was refused. */
export type Refusal = 'malformed' | 'expired' | 'forged' | 'wrong' | 'replayed'

/**
 * A proof of work by ALTCHA, and the clearance for it: a signed token that expires, and is valid only for the client that
 * did the work: one of another user agent, or of whatever else the site tells clients apart by, is refused.
 */
export class Gate {
  readonly #options: GateOptions
  readonly #challengeSecret = randomBytes(32).toString('hex')
  readonly #keySecret = randomBytes(32).toString('hex')
  readonly #used = new CappedMap<string, true>({ maxSize: 10_000 })
  #clearanceSecret = randomBytes(32)

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** A challenge for a widget. The solution is chosen beforehand, so that all challenges take about the same work. */
  issue(): Promise<Challenge> {
    return createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: this.#options.cost,
      counter: randomInt(300, 200),
      expiresAt: Math.ceil((Date.now() + this.#options.challengeMs) / 1000),
      deriveKey,
      hmacSignatureSecret: this.#challengeSecret,
      hmacKeySignatureSecret: this.#keySecret,
    })
  }

  /** Checks an answer: null when it is accepted, which happens once per challenge, else the reason. */
  async refuse(payload: unknown): Promise<Refusal | null> {
    const parsed = Payload.safeParse(decode(payload))
    if (!parsed.success) return 'malformed'
    const { challenge, solution } = parsed.data
    const result = await verifySolution({
      challenge,
      solution,
      deriveKey,
      hmacSignatureSecret: this.#challengeSecret,
      hmacKeySignatureSecret: this.#keySecret,
    })
    if (result.expired) return 'expired'
    if (result.invalidSignature) return 'forged'
    if (!result.verified) return 'wrong'
    const { nonce } = challenge.parameters
    if (this.#used.has(nonce)) return 'replayed'
    this.#used.set(nonce, true)
    return null
  }

  /** A Set-Cookie line with a clearance for this client. */
  clearance(client: string): string {
    const { clearanceMs } = this.#options
    const exp = (Date.now() + clearanceMs) / 1000
    const token = signToken({ id: randomUUID(), client: fingerprint(client), exp }, this.#clearanceSecret)
    return `clearance=${token}; Max-Age=${Math.ceil(clearanceMs / 1000)}; Path=/; HttpOnly; SameSite=Lax`
  }

  /** Whether a Cookie header has a clearance that is valid now and for this client. */
  passes(cookieHeader: string | undefined, client: string): boolean {
    const token = /(?:^|;\s*)clearance=([^;]*)/.exec(cookieHeader ?? '')?.[1]
    if (token === undefined) return false
    return readToken(token, this.#clearanceSecret, Date.now())?.client === fingerprint(client)
  }

  /** Ends every clearance given so far, as a site does when it changes its key. */
  revoke(): void {
    this.#clearanceSecret = randomBytes(32)
  }
}

function decode(payload: unknown): unknown {
  if (typeof payload !== 'string') return null
  try {
    return JSON.parse(Buffer.from(payload, 'base64').toString())
  } catch {
    return null
  }
}

function fingerprint(client: string): string {
  return createHash('sha256').update(client).digest('base64url').slice(0, 22)
}
