import type { StoreVersion } from '../store/index.ts'
import { headKey, partition, pulseOf, readHead, versionOf } from './items.ts'
import { type Connection, Requests } from './requests.ts'

type Listener = (version: StoreVersion | null) => void

interface Watched {
  readonly name: string
  readonly pk: string
  readonly listeners: Set<Listener>
  pulse: string
  /** Changes of this instance that are under way, and how many there were: a read that overlaps one of them proves nothing. */
  busy: number
  turn: number
}

/**
 * Detects that another instance has changed a session, by reading the heads of the watched ones: 100 in a request,
 * one read unit (of 4 KB) each. Nothing runs while nobody watches, and nothing of it keeps a process alive.
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

  /** @returns what ends it */
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

  /** A change that this instance makes. */
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

  /** Within `own`: from `before` to `after` there is no change by others, unless one was due. */
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
        if (this.#timer !== timer) return // stopped meanwhile, and perhaps begun anew
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
      // The next look sees what this one did not: it compares states, not events.
    }
  }
}
