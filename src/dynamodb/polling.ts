import type { StoreVersion } from '../store/index.ts'
import { headKey, partition, pulseOf, readHead, versionOf } from './items.ts'
import { type Connection, Requests } from './requests.ts'

type Listener = (version: StoreVersion | null) => void

interface Watched {
  readonly name: string
  readonly pk: string
  readonly listeners: Set<Listener>
  pulse: string
  /** Changes of this instance that are under way, and how many there were. A read that overlaps one of them is not used. */
  busy: number
  turn: number
}

/**
 * Notices changes by other instances, by reading the heads of the watched sessions: 100 in a request, one read unit (of 4 KB)
 * each. It reads nothing while no session is watched, and does not keep a process alive.
 */
export class Polling {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #everyMs: number
  readonly #now: () => number
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(connection: Connection, prefix: string, everyMs: number, now: () => number) {
    this.#connection = connection
    this.#prefix = prefix
    this.#everyMs = everyMs
    this.#now = now
  }

  /** @returns a function that ends it */
  async add(name: string, listener: Listener): Promise<() => Promise<void>> {
    const pk = partition(this.#prefix, name)
    const pulse = pulseOf(await new Requests(this.#connection).get(headKey(pk)))
    const known = this.#watched.get(name)
    const watched = known ?? { name, pk, listeners: new Set(), pulse, busy: 0, turn: 0 }
    watched.listeners.add(listener)
    this.#watched.set(name, watched)
    this.#wait()
    return async () => {
      watched.listeners.delete(listener)
      if (watched.listeners.size > 0 || this.#watched.get(name) !== watched) return
      this.#watched.delete(name)
      if (this.#watched.size === 0) this.#stop()
    }
  }

  /** Makes a change of this instance, so that it is not taken for one of another. */
  async own<T>(name: string, job: () => Promise<T>): Promise<T> {
    const watched = this.#watched.get(name)
    if (!watched) return job()
    watched.busy++
    try {
      return await job()
    } finally {
      watched.busy--
      watched.turn++
    }
  }

  /** Within `own`: the step from `before` to `after` is this instance's, unless another change was seen before. */
  wrote(name: string, before: string, after: string): void {
    const watched = this.#watched.get(name)
    if (watched?.pulse === before) watched.pulse = after
  }

  close(): void {
    this.#closed = true
    this.#watched.clear()
    this.#stop()
  }

  #wait(): void {
    if (this.#timer || this.#closed) return
    const timer = setTimeout(() => {
      void this.#look().then(() => {
        if (this.#timer !== timer) return // it was stopped meanwhile, and perhaps started again
        this.#timer = undefined
        if (this.#watched.size > 0) this.#wait()
      })
    }, this.#everyMs).unref()
    this.#timer = timer
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    const asked = new Map<string, { readonly watched: Watched; readonly turn: number }>()
    for (const watched of this.#watched.values()) {
      if (watched.busy === 0) asked.set(watched.pk, { watched, turn: watched.turn })
    }
    try {
      const items = await new Requests(this.#connection).getAll([...asked.keys()].map(headKey))
      const found = new Map(items.map((item) => [item['pk']?.S, item]))
      for (const [pk, { watched, turn }] of asked) {
        const item = found.get(pk)
        const pulse = pulseOf(item)
        if (watched.busy > 0 || watched.turn !== turn || watched.pulse === pulse) continue
        watched.pulse = pulse
        const version = versionOf(readHead(item, this.#now()).head)
        for (const listener of watched.listeners) listener(version)
      }
    } catch {
      // The next poll compares states, so it finds what this one missed.
    }
  }
}
