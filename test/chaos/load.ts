import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { OnejarProcess } from '../support/onejar-process.ts'
import type { ChaosSite } from './chaos-site.ts'
import type { Outcome, Outcomes } from './outcomes.ts'

export interface LoadOptions {
  readonly site: ChaosSite
  readonly outcomes: Outcomes
  /** The services that take requests at the moment. */
  readonly services: () => readonly OnejarProcess[]
  readonly lanes: number
}

interface Reply {
  readonly status: number
  readonly text: string
}

/** What a request may take at most, and what the service may take beyond that to say so, in milliseconds. */
const TIMEOUT_MS = 90_000
const MARGIN_MS = 60_000
/** After an error, so that an outage is not met by a flood. */
const CALM_MS = 100

/** Callers of the services: each takes a new session, has it pass the challenge, writes, reads and orders in it, and takes the next. */
export class Load {
  readonly #options: LoadOptions
  /** Items whose writing was acknowledged, by session. */
  readonly written = new Map<string, string[]>()
  /** Idempotency keys of orders that were acknowledged. */
  readonly ordered: string[] = []
  #sessions = 0
  #next = 0
  #stopping = false
  #lanes: Promise<void>[] = []

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start(): void {
    this.#lanes = Array.from({ length: this.#options.lanes }, () => this.#lane())
  }

  /** Resolves when the last request has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#lanes)
  }

  /** Resolves when a session that begins now has passed the challenge and got its page. */
  async probe(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const session = `probe-${this.#sessions++}`
      if ((await this.#read(session, 'probe')).kind === 'done') return
      await pause(CALM_MS)
    }
  }

  async #lane(): Promise<void> {
    while (!this.#stopping) {
      const session = `s${this.#sessions++}`
      const steps = [
        () => this.#write(session, 'before'),
        () => this.#read(session, '1'),
        () => this.#order(session),
        () => this.#read(session, '2'),
        () => this.#write(session, 'after'),
      ]
      for (const step of steps) {
        if (this.#stopping) break
        if ((await step()).kind !== 'done') await pause(CALM_MS)
      }
    }
  }

  #write(session: string, key: string): Promise<Outcome> {
    const { site, outcomes } = this.#options
    const body = { origin: site.origin, items: [{ key, value: session }] }
    return outcomes.run(`write of ${key} in ${session}`, async () => {
      const outcome = await this.#ask('PUT', `/v1/sessions/${session}/local-storage`, body, () => true)
      if (outcome.kind === 'done') this.written.set(session, [...(this.written.get(session) ?? []), key])
      return outcome
    })
  }

  #read(session: string, name: string): Promise<Outcome> {
    const { site, outcomes } = this.#options
    const path = `/${session}/${name}`
    const body = { session, url: site.origin + path, timeoutMs: TIMEOUT_MS }
    const right = ({ text }: Reply) => JSON.parse(text).text === `content of ${path}`
    return outcomes.run(`read of ${path}`, () => this.#ask('POST', '/v1/fetch', body, right))
  }

  #order(session: string): Promise<Outcome> {
    const { site, outcomes } = this.#options
    const key = `order-${session}`
    const path = `/${key}`
    const more = { method: 'POST', body: 'one, please', idempotencyKey: key, timeoutMs: TIMEOUT_MS }
    const right = ({ text }: Reply) => JSON.parse(text).text === `receipt of ${path}`
    return outcomes.run(`order ${key}`, async () => {
      const outcome = await this.#ask(
        'POST',
        '/v1/fetch',
        { session, url: site.origin + path, ...more },
        right,
      )
      if (outcome.kind === 'done') this.ordered.push(key)
      return outcome
    })
  }

  async #ask(
    method: string,
    path: string,
    body: unknown,
    right: (reply: Reply) => boolean,
  ): Promise<Outcome> {
    const services = this.#options.services()
    const service = services[this.#next++ % services.length]
    if (service === undefined) return { kind: 'unknown', why: 'there is no service' }
    try {
      const reply = await send(service.url + path, method, body)
      if (reply.status === 200 || reply.status === 204) {
        return right(reply)
          ? { kind: 'done' }
          : { kind: 'unknown', why: `wrong: ${reply.text.slice(0, 200)}` }
      }
      const { code, tier } = JSON.parse(reply.text) as { code: string; tier?: string }
      return { kind: 'refused', code, tier }
    } catch (error) {
      return { kind: 'unknown', why: String(error) }
    }
  }
}

/** A request on a connection of its own, so that none is on its way over one that a service closes. */
function send(url: string, method: string, body: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const request = http.request(url, { method, headers, agent: false }, async (response) => {
      try {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ status: response.statusCode ?? 0, text })
      } catch (error) {
        reject(error as Error)
      }
    })
    const limit = TIMEOUT_MS + MARGIN_MS
    request.setTimeout(limit, () => request.destroy(new Error(`no outcome within ${limit} ms`)))
    request.once('error', reject)
    request.end(JSON.stringify(body))
  })
}
