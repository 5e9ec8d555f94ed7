import type { KeysFunction } from './asked-keys.ts'
import type { StoreProvider } from './provider.ts'

/** Where sessions are kept, and how: `openBroker({ store })`. */
export interface StoreOptions {
  /**
   * `memory`, a file path, `sqlite:PATH`, `redis://…`, `rediss://…`, `redis-cluster://HOST:PORT,HOST:PORT`, or a store that is
   * brought along: a `StoreProvider`, or `module:PATH` of a JavaScript module whose default export is one. Default: the
   * embedded SQLite store in `ONEJAR_HOME`, or in the user's state folder.
   */
  target?: string | StoreProvider | undefined
  /**
   * Keys of 32 bytes as base64 or hex, newest first, or a function that gives them (from a KMS, from Vault) and may be
   * asynchronous. The function is called again every `keysRefreshMs`, and when something turns up that was sealed with a key
   * which is not among them, once a second at most; what is written from then on is sealed with the first. Default:
   * `ONEJAR_KEYS`, the file that `ONEJAR_KEYS_FILE` names, else a key file made on first use; a file is read again in the same way.
   */
  keys?: string | string[] | KeysFunction | undefined
  /** How often a function or a key file is asked for keys, in milliseconds: a second to a day. Default: 60,000. */
  keysRefreshMs?: number | undefined
  /** `off` keeps names and values readable in the store. Nothing of a memory store is encrypted. Default: `on`. */
  encryption?: 'on' | 'off' | undefined
  /**
   * Redis and stores brought along, for a broker: what to do when the server cannot be reached at the start. `work-in-memory`
   * goes on without, warns of it, and writes what was kept in memory as soon as the server is there. A wrong password, URL or
   * certificate is refused in either case. Default: `work-in-memory`.
   */
  whenAway?: 'work-in-memory' | 'refuse' | undefined
  /**
   * What happens to a session that turns out to be damaged when it is loaded, beside the report: `drop-entry` goes on with what is
   * whole; `start-afresh` removes all of it, for everybody. What is sealed with another key or was written by a newer version
   * is left alone in either case. Default: `drop-entry`.
   */
  onDamage?: 'drop-entry' | 'start-afresh' | undefined
  /** How long a call to the store may take before it fails, in milliseconds. Default: 5,000. */
  timeoutMs?: number | undefined
  /** A session is kept at least this long after it was last written or loaded, in milliseconds. Default: 30 days. */
  retentionFloorMs?: number | undefined
  /** A session is kept at most this long, in milliseconds, however long its cookies are good for. Default: 400 days. */
  retentionCeilingMs?: number | undefined
  /** How long deletions are remembered, in milliseconds. Default: 30 days. */
  tombstoneMs?: number | undefined
  /** What one session may take in the store, in bytes. Default: 16 MiB. */
  maxSessionBytes?: number | undefined
  /** SQLite: `process` survives kill -9, `power` a power cut too, for a slower write. Default: `process`. */
  durability?: 'process' | 'power' | undefined
  /** SQLite: the file may not grow beyond this, in bytes; `null` for no limit. Default: `null`. */
  maxFileBytes?: number | null | undefined
  /** Redis and stores brought along: what the names of all keys begin with, 1 to 64 of `A-Z a-z 0-9 _ : . -`. Default: `onejar`. */
  keyPrefix?: string | undefined
  /** Redis: the user, where the URL does not name it. Default: none. */
  username?: string | undefined
  /** Redis: the password, where the URL does not hold it. Default: none. */
  password?: string | undefined
  /** Redis over TLS: PEM texts, and the name that the server has to show. Default: the system's certificates. */
  tls?:
    | {
        ca?: string | undefined
        cert?: string | undefined
        key?: string | undefined
        servername?: string | undefined
        rejectUnauthorized?: boolean | undefined
      }
    | undefined
}
