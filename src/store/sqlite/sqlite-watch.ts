import { type FSWatcher, watch } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StoreVersion } from '../port.ts'
import { prepareStatements } from './sqlite-statements.ts'

type Listener = (version: StoreVersion | null) => void

interface Watched {
  pulse: string
  /** One, as a rule: a set of its own for each session would be most of what an idle one holds here. */
  listeners: readonly Listener[]
}

/** How often a file is polled when the system does not report its changes. */
const POLL_MS = 200

/**
 * Detects that another connection has written a session. The system says that the write-ahead log has changed (a slow
 * poll stands in where it does not), `PRAGMA data_version` whether somebody else did it, and one small query per watched
 * session what it means. Nothing runs while nobody watches, and nothing of it keeps a process alive.
 */
export class SqliteWatch {
  readonly #path: string
  readonly #dataVersion: StatementSync
  readonly #pulse: StatementSync
  readonly #watched = new Map<string, Watched>()
  #seenVersion: unknown
  #timer: NodeJS.Timeout | undefined
  #watcher: FSWatcher | undefined

  constructor(db: DatabaseSync, path: string) {
    this.#path = path
    this.#dataVersion = db.prepare('PRAGMA data_version')
    this.#pulse = prepareStatements(db).pulse
  }

  /** @returns what ends it */
  add(name: string, listener: Listener): () => Promise<void> {
    const watched: Watched = this.#watched.get(name) ?? { pulse: this.#readPulse(name).pulse, listeners: [] }
    watched.listeners = [...watched.listeners, listener]
    this.#watched.set(name, watched)
    this.#start()
    let isOver = false
    return async () => {
      if (!isOver) this.#remove(name, listener)
      isOver = true
    }
  }

  #remove(name: string, listener: Listener): void {
    const watched = this.#watched.get(name)
    const at = watched?.listeners.indexOf(listener) ?? -1
    if (watched === undefined || at < 0) return
    watched.listeners = watched.listeners.toSpliced(at, 1)
    if (watched.listeners.length > 0) return
    this.#watched.delete(name)
    if (this.#watched.size === 0) this.#stop()
  }

  /** The state of a session as watchers compare it; null when nobody watches it. Exact within a transaction. */
  pulseOf(name: string): string | null {
    return this.#watched.has(name) ? this.#readPulse(name).pulse : null
  }

  /** After a write of this connection was committed: from `before` to `after` there is no change by others, unless one was due. */
  wrote(name: string, before: string | null, after: string | null): void {
    const watched = this.#watched.get(name)
    if (watched && watched.pulse === before && after !== null) watched.pulse = after
  }

  close(): void {
    this.#watched.clear()
    this.#stop()
  }

  #start(): void {
    if (this.#timer) return
    this.#seenVersion = undefined
    this.#timer = setInterval(() => this.#look(), POLL_MS).unref()
    try {
      this.#watcher = watch(`${this.#path}-wal`, { persistent: false }, () => this.#look())
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      // No such thing on this system: the poll has to do.
    }
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #look(): void {
    try {
      const version = this.#dataVersion.get()?.['data_version']
      if (version === this.#seenVersion) return
      for (const [name, watched] of this.#watched) this.#compare(name, watched)
      this.#seenVersion = version
    } catch {
      // Somebody holds the file for a moment: the next look will see it.
    }
  }

  #compare(name: string, watched: Watched): void {
    const { pulse, version } = this.#readPulse(name)
    if (pulse === watched.pulse) return
    watched.pulse = pulse
    for (const listener of watched.listeners) queueMicrotask(() => listener(version))
  }

  #readPulse(name: string): { pulse: string; version: StoreVersion } {
    const columns = this.#pulse.get(name)
    const version = String(columns?.['version'] ?? '')
    return { version, pulse: `${version} ${String(columns?.['released'])}` }
  }
}
