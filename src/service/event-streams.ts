import type { ServerResponse } from 'node:http'
import type { Broker, BrokerEvent } from '../client/index.ts'
import { ServiceError } from './service-error.ts'

/** Whose events a stream has. */
export interface EventFilter {
  /** Null for all tenants, and for what concerns no session. */
  readonly tenant: string | null
  readonly id?: string | undefined
}

export interface EventStreamsOptions {
  /** How many streams are open at once. */
  readonly maxStreams: number
  /** How much of a stream may wait for its reader, in bytes, before events are dropped. */
  readonly maxWaitingBytes: number
  /** How often a stream without events shows that it lives, in milliseconds. */
  readonly beatMs: number
}

const DEFAULTS: EventStreamsOptions = { maxStreams: 256, maxWaitingBytes: 1024 * 1024, beatMs: 15_000 }

interface Stream {
  readonly filter: EventFilter
  readonly response: ServerResponse
  lost: number
}

/**
 * Brings events to callers as server-sent events, each stream only what it may see. One that does not keep up loses events and
 * gets their number. While there is no stream, nobody listens.
 */
export class EventStreams {
  readonly #broker: Broker
  readonly #options: EventStreamsOptions
  readonly #streams = new Set<Stream>()
  #reader: AsyncIterableIterator<BrokerEvent> | undefined
  #beat: NodeJS.Timeout | undefined
  #closed = false

  constructor(broker: Broker, options: Partial<EventStreamsOptions> = {}) {
    this.#broker = broker
    this.#options = { ...DEFAULTS, ...options }
  }

  /** @throws ServiceError TOO_MANY_STREAMS */
  assertRoom(): void {
    const { maxStreams } = this.#options
    if (this.#streams.size < maxStreams) return
    throw new ServiceError('TOO_MANY_STREAMS', `${maxStreams} streams of events are open`, {
      'retry-after': '30',
    })
  }

  /** Answers with a stream, until its reader leaves or the service ends. */
  open(filter: EventFilter, response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // For proxies that would collect it.
      'x-accel-buffering': 'no',
    })
    if (this.#closed) return void response.end()
    const stream: Stream = { filter, response, lost: 0 }
    this.#streams.add(stream)
    response.once('close', () => this.#leave(stream))
    response.once('error', () => this.#leave(stream))
    this.#listen()
    // Whoever reads this knows that nothing from now on is missed.
    response.write(': listening\n\n')
  }

  /** Ends every stream. */
  close(): void {
    this.#closed = true
    for (const { response } of this.#streams) response.end()
    this.#streams.clear()
    this.#stop()
  }

  #listen(): void {
    if (this.#reader !== undefined) return
    const reader = this.#broker.events()
    this.#reader = reader
    this.#beat = setInterval(() => {
      for (const { response } of this.#streams) response.write(':\n\n')
    }, this.#options.beatMs).unref()
    void this.#run(reader)
  }

  async #run(reader: AsyncIterableIterator<BrokerEvent>): Promise<void> {
    for await (const event of reader) {
      for (const stream of this.#streams) if (concerns(event, stream.filter)) this.#send(stream, event)
    }
  }

  #send(stream: Stream, event: BrokerEvent): void {
    const { response } = stream
    if (response.writableLength > this.#options.maxWaitingBytes) {
      stream.lost++
      return
    }
    if (stream.lost > 0) {
      write(response, { type: 'lost', at: event.at, count: stream.lost })
      stream.lost = 0
    }
    write(response, event)
  }

  #leave(stream: Stream): void {
    this.#streams.delete(stream)
    if (this.#streams.size === 0) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#beat)
    void this.#reader?.return?.()
    this.#reader = undefined
  }
}

/** Whether a stream may have an event, and wants it. */
export function concerns({ session }: Pick<BrokerEvent, 'session'>, { tenant, id }: EventFilter): boolean {
  if (session === null || session === undefined) return tenant === null && id === undefined
  return (tenant === null || session.tenant === tenant) && (id === undefined || session.id === id)
}

function write(
  response: ServerResponse,
  event: BrokerEvent | { readonly type: 'lost'; at: number; count: number },
): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}
