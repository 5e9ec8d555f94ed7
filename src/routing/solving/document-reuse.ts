import type { LoadedDocument } from '../../browsing/index.ts'
import { meetsInTime } from '../../browsing/index.ts'
import type { RouteRequest } from '../route-request.ts'
import type { TokenBindings } from '../token-bindings/index.ts'

/** As many origins are remembered whose clearance has not been tried over HTTP. */
const MAX_ORIGINS = 10_000

/**
 * Says when the document that a solve got is the answer to the request that led to it. Asked first, it is given once for each
 * clearance: whether HTTP passes is then open until the next request, which is replayed if it is challenged.
 */
export class DocumentReuse {
  readonly #first: boolean
  readonly #bindings: TokenBindings
  readonly #unproven = new Set<string>()

  /** @param first - whether it replaces a replay over HTTP */
  constructor(first: boolean, bindings: TokenBindings) {
    this.#first = first
    this.#bindings = bindings
  }

  /** Whether there are answers that no request over HTTP has followed: what most requests ask. */
  isUnproven(origin: string): boolean {
    return this.#unproven.size > 0 && this.#unproven.has(origin)
  }

  /** HTTP was tried there, with any result. */
  settled(origin: string): void {
    this.#unproven.delete(origin)
  }

  /** Whether the request is answered without a replay. */
  async insteadOfReplay(request: RouteRequest, answer: LoadedDocument, deadline: number): Promise<boolean> {
    const { origin } = request.url
    if (!this.#first || this.#unproven.has(origin)) return false
    if (!(await this.isAnswer(request, answer, deadline)) || this.#unproven.has(origin)) return false
    if (this.#unproven.size >= MAX_ORIGINS) this.#unproven.delete(this.#unproven.values().next().value ?? '')
    this.#unproven.add(origin)
    return true
  }

  /**
   * Whether HTTP would have asked for the same: a typed-in navigation to that document, without headers or tokens of its own,
   * that holds what is expected.
   */
  async isAnswer(
    request: RouteRequest,
    { url, verdict, ...rest }: LoadedDocument,
    deadline: number,
  ): Promise<boolean> {
    const { method = 'GET', headers, context, expect, idempotencyKey } = request
    if (method !== 'GET' || url.href !== request.url.href.split('#', 1)[0] || verdict.kind !== 'ok')
      return false
    if (headers !== undefined || context !== undefined || idempotencyKey !== undefined) return false
    if (this.#bindings.headersFor(url.origin) !== undefined) return false
    return expect === undefined || meetsInTime(expect, { url, ...rest }, 'page', request, deadline)
  }
}
