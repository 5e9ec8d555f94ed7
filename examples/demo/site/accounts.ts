import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readToken, signToken } from './signed-token.ts'

/** The one account of the shop. */
export const DEMO_ACCOUNT = { user: 'demo', password: 'lantern-oil-and-wax' } as const

const Credentials = z.object({ user: z.string(), password: z.string() })

/** The answer to a successful login. */
export interface Grant {
  /** A JWT. */
  readonly token: string
  /** Seconds since the epoch. */
  readonly exp: number
}

/** Issues and checks the tokens of the API. */
export class Accounts {
  readonly #secret = randomBytes(32)
  readonly #tokenMs: number

  constructor(tokenMs: number) {
    this.#tokenMs = tokenMs
  }

  /** A token for the right credentials; null for anything else. */
  logIn(body: unknown): Grant | null {
    const credentials = Credentials.safeParse(body)
    if (!credentials.success) return null
    const { user, password } = credentials.data
    if (user !== DEMO_ACCOUNT.user || password !== DEMO_ACCOUNT.password) return null
    const exp = Math.ceil((Date.now() + this.#tokenMs) / 1000)
    return { token: signToken({ sub: user, exp }, this.#secret), exp }
  }

  /** Whether an Authorization header holds a token of this site that has not expired. */
  authorised(header: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1]
    return token !== undefined && readToken(token, this.#secret, Date.now()) !== null
  }
}
