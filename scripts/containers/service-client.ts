interface Fetched {
  readonly status: number
  readonly via: string
  readonly text: string
}

/** What a caller of the service does in the runs of containers. */
export class ServiceClient {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** @throws Error with the code of the problem */
  async fetch(session: string, url: string): Promise<Fetched> {
    return (await this.ask('POST', '/v1/fetch', { session, url, timeoutMs: 110_000 })) as Fetched
  }

  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { code?: string; detail?: string }
    if (response.ok) return answer
    throw new Error(`${method} ${path}: ${response.status} ${answer.code} ${answer.detail}`)
  }

  async isWell(): Promise<boolean> {
    return (await fetch(`${this.#url}/health`)).ok
  }

  async workers(): Promise<number | null> {
    return ((await this.ask('GET', '/v1/queue')) as { workers: number | null }).workers
  }
}
