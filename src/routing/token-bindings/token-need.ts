import type { TokenBinding } from '../../record/index.ts'
import { speaksOfForgery } from './header-table.ts'
import type { Requester } from './requester.ts'

/** Tokens that a page is to renew. */
export interface TokenNeed {
  readonly origin: string
  readonly requester: Requester
  /** The headers they travel in; none where it is not known what pages send with the token that they keep. */
  readonly headers: readonly string[]
  /** Whether one of them is in the memory of pages only. */
  readonly inMemory: boolean
}

/** What a server that has been sent no token, or a wrong one, against forged requests answers. */
const FORGERY: ReadonlySet<number> = new Set([403, 419, 422])

/** Whether a status can mean that a token is no good: any, or one against forged requests only. */
export function refusalOf(status: number): 'token' | 'forgery' | null {
  if (status === 401) return 'token'
  return FORGERY.has(status) ? 'forgery' : null
}

/** Whether a binding is there against forged requests. */
export function isAgainstForgery({ header, source }: TokenBinding): boolean {
  if (speaksOfForgery(header)) return true
  return source.kind !== 'memory' && speaksOfForgery('key' in source ? source.key : source.name)
}
