import { randomUUID } from 'node:crypto'
import type { Broker, Session, SessionOptions } from '../client/index.ts'

/** Which session is wanted. */
export interface Wanted {
  readonly name: string | undefined
  readonly scope: 'test' | 'worker'
  readonly options: SessionOptions
}

/** The sessions that a worker's tests use one after the other. */
export class WorkerSessions {
  readonly #broker: Broker
  /** Those that last as long as the worker, by what was wanted. */
  readonly #kept = new Map<string, Promise<Session>>()

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** @throws what `broker.session()` throws */
  async open(wanted: Wanted): Promise<Session> {
    const { name, scope, options } = wanted
    if (scope === 'test') return this.#open(wanted)
    const key = JSON.stringify([options.tenant, name])
    const known = await this.#kept.get(key)
    if (known !== undefined && !known.closed) {
      // Says so where it was opened with others.
      if (name !== undefined) await this.#broker.session(name, options)
      return known
    }
    const opening = this.#open(wanted)
    this.#kept.set(key, opening)
    opening.catch(() => this.#kept.delete(key))
    return opening
  }

  /** What is done with a session when its test is over. */
  async leave(session: Session, { name, scope }: Wanted): Promise<void> {
    if (scope === 'worker') return
    if (name === undefined) await this.#remove(session)
    else await session.release()
  }

  /** What is done when the worker is over. */
  async close(): Promise<void> {
    for (const opening of this.#kept.values()) {
      const session = await opening.catch(() => undefined)
      if (session?.id.startsWith(FRESH)) await this.#remove(session)
      else await session?.release()
    }
  }

  #open({ name, options }: Wanted): Promise<Session> {
    return this.#broker.session(name ?? `${FRESH}${randomUUID()}`, options)
  }

  async #remove({ id, tenant }: Session): Promise<void> {
    await this.#broker.remove(id, { tenant })
  }
}

const FRESH = 'fresh '
