import { EventEmitter } from 'node:events'
import type { APIResponse, BrowserContext, Request, Route } from '@playwright/test'

export interface Asked {
  readonly url?: string
  readonly body?: string
  readonly authorization?: string
  readonly page?: object | null
  /** When it was sent, in epoch milliseconds. */
  readonly sentAt?: number
  readonly navigates?: boolean
}

/** What became of a request that was routed. */
export interface Outcome {
  /** The body that it was answered with; undefined where it was cut off. */
  readonly body: string | undefined
  readonly status: number | undefined
  readonly aborted: boolean
}

/** A page of it, which can be closed. */
export class APage {
  closed = false

  async close(_options?: { runBeforeUnload?: boolean }): Promise<void> {
    this.closed = true
  }
}

type Handler = (route: Route, request: Request) => Promise<void>

/** A context of Playwright's, whose routed requests a test sends. */
export class AContext extends EventEmitter {
  #handler: Handler | undefined
  /** Answers what is let through to the site. */
  readonly #site: (request: Request) => Promise<APIResponse>
  /** Why pages cannot be answered, where they are gone. */
  gone: Error | undefined

  constructor(site: (body: string) => Promise<APIResponse> | APIResponse) {
    super()
    this.#site = async (request) => site(request.postData() ?? '')
  }

  newPage(): APage {
    const page = new APage()
    this.emit('page', page)
    return page
  }

  pages(): APage[] {
    return []
  }

  get asContext(): BrowserContext {
    return this as unknown as BrowserContext
  }

  async route(_url: string | RegExp, handler: Handler): Promise<void> {
    this.#handler = handler
  }

  /** A page asks for a new token. */
  async ask(asked: Asked = {}): Promise<Outcome> {
    const request = aRequest(asked)
    const outcome = {
      body: undefined as string | undefined,
      status: undefined as number | undefined,
      aborted: false,
    }
    const route = {
      fetch: () => this.#site(request),
      fulfill: async ({ response, status, body }: Parameters<Route['fulfill']>[0] & {}) => {
        if (this.gone !== undefined) throw this.gone
        outcome.status = response?.status() ?? status
        outcome.body = response === undefined ? String(body ?? '') : (await response.body()).toString()
      },
      abort: async () => {
        outcome.aborted = true
      },
    }
    await this.#handler?.(route as unknown as Route, request)
    return outcome
  }
}

export function aRequest(asked: Asked): Request {
  const { url = 'http://site.test/refresh', body = '', authorization = '', page = null, sentAt = 0 } = asked
  return {
    url: () => url,
    headers: () => ({ authorization }),
    postData: () => body,
    postDataBuffer: () => Buffer.from(body),
    isNavigationRequest: () => asked.navigates === true,
    timing: () => ({ startTime: sentAt }),
    frame: () => {
      if (page === null) throw new Error('a service worker')
      return { page: () => page }
    },
  } as unknown as Request
}

export function aResponse(
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): APIResponse {
  return {
    ok: () => status < 400,
    status: () => status,
    url: () => 'http://site.test/refresh',
    headersArray: () => Object.entries(headers).map(([name, value]) => ({ name, value })),
    body: async () => Buffer.from(body),
  } as unknown as APIResponse
}
