import { type FSWatcher, watch } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StoreVersion } from '../port.ts'
import { prepareStatements } from './sqlite-statements.ts'

interface Watched {
  pulse: string
  readonly listeners: Set<(version: StoreVersion | null) => void>
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
  add(name: string, listener: (version: StoreVersion | null) => void): () => void {
    const watched = this.#watched.get(name) ?? { pulse: this.#readPulse(name).pulse, listeners: new Set() }
    watched.listeners.add(listener)
    this.#watched.set(name, watched)
    this.#start()
    return () => {
      watched.listeners.delete(listener)
      if (watched.listeners.size > 0 || this.#watched.get(name) !== watched) return
      this.#watched.delete(name)
      if (this.#watched.size === 0) this.#stop()
    }
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
