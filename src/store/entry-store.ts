import { OnejarError } from '../core/index.ts'
import { type Delta, type Entry, mergeInto, newer } from '../record/index.ts'
import type { Backend, CommitOutcome, Limits, Row, RowChange, RowSet } from './backend.ts'
import { payloadHash, type Sealer } from './encryption.ts'
import type { LiveKeys } from './live-keys.ts'
import type {
  CommitOptions,
  CommitResult,
  ListFilter,
  ProblemReason,
  PurgeReport,
  SessionInfo,
  SessionKey,
  SessionMessages,
  Store,
  StoredChanges,
  StoreLock,
  StoreProblem,
  StoreVersion,
} from './port.ts'
import { SealedRows } from './sealed-rows.ts'

export interface EntryStoreOptions {
  readonly backend: Backend
  readonly sealer: Sealer
  /** The keys of the sealer, when they may change. */
  readonly keys?: LiveKeys | undefined
  readonly limits: Limits
  /** What to do with a session that is damaged when it is loaded. Default: `drop-entry`. */
  readonly onDamage?: 'drop-entry' | 'start-afresh'
  /** Called once for each payload that cannot be used. */
  readonly onProblem?: ((problem: StoreProblem) => void) | undefined
  /** Whether a session is loaded only when the keys can read all of it. */
  readonly whole?: boolean
}

const MAX_NAME_CHARS = 1024
/** What a message between processes is sealed for. */
const MESSAGE = 'message'
const MAX_REMEMBERED_PROBLEMS = 4096
const MAX_UNREAD = 1_000
/** A commit is repeated for rows that met a damaged or an equally stamped one; others may do the same meanwhile. */
const MAX_ROUNDS = 4

/** The store: entries on this side, sealed rows in a backend on the other. Everything that comes back is validated. */
export class EntryStore implements Store {
  readonly #backend: Backend
  readonly #sealer: Sealer
  readonly #rows: SealedRows
  readonly #limits: Limits
  readonly #startsAfresh: boolean
  readonly #readsWhole: boolean
  readonly #onProblem: ((problem: StoreProblem) => void) | undefined
  readonly #reported = new Set<string>()
  readonly #keys: LiveKeys | undefined
  /** Sessions with rows that were sealed with an unknown key when they were read. */
  readonly #unread = new Set<string>()
  /** Those of them that may be readable by now: they are read as a whole when they are read next. */
  readonly #readable = new Set<string>()
  /** One listener a session, as a rule. */
  readonly #watchers = new Map<string, readonly ((version: null) => void)[]>()
  #closing: Promise<void> | undefined

  constructor(options: EntryStoreOptions) {
    this.#backend = options.backend
    this.#sealer = options.sealer
    this.#rows = new SealedRows(options.sealer, options.limits)
    this.#limits = options.limits
    this.#startsAfresh = options.onDamage === 'start-afresh'
    this.#readsWhole = options.whole === true
    this.#onProblem = options.onProblem
    this.#keys = options.keys
    if (options.keys) options.keys.onChange = () => this.#readAgain()
  }

  async load(session: SessionKey): Promise<StoredChanges> {
    const name = this.#name(session)
    const changes = await this.#open(name, await this.#backend.read(name, ''))
    const sealed = changes.problems.filter(({ reason }) => reason === 'unknown-key').length
    if (sealed > 0 && this.#readsWhole) {
      throw new OnejarError(
        'ONEJAR_STORE_CORRUPT',
        `${sealed} entries of the session are sealed with other keys than the ones given, and were left as they are: give those keys as well, or remove the session`,
        { details: { entries: sealed } },
      )
    }
    const isDamaged = changes.problems.some(({ reason }) => isWorthless(reason))
    if (!isDamaged || !this.#startsAfresh) return { ...changes, extent: 'snapshot' }
    await this.#backend.remove(name)
    const { version } = await this.#backend.read(name, '')
    return { entries: [], version, extent: 'snapshot', problems: changes.problems }
  }

  async changesSince(session: SessionKey, version: StoreVersion): Promise<StoredChanges> {
    const name = this.#name(session)
    const changes = await this.#open(name, await this.#backend.read(name, version))
    if (!this.#readable.delete(name) || changes.extent !== 'changes') return changes
    // What was passed over for want of its key came before that version.
    const all = await this.#open(name, await this.#backend.read(name, ''))
    return { ...changes, entries: [...mergeInto(new Map(), [...changes.entries, ...all.entries])] }
  }

  async commit(session: SessionKey, delta: Delta, options: CommitOptions = {}): Promise<CommitResult> {
    const name = this.#name(session)
    const entries = new Map<string, Entry>()
    for (const entry of mergeInto(new Map(), delta)) entries.set(this.#rows.field(name, entry), entry)
    const label = this.#rows.label(name, session)
    const fence = options.lock
      ? { purpose: this.#rows.purpose(name, options.lock.purpose), fence: options.lock.fence }
      : null

    let rows: RowChange[] = []
    for (const [field, entry] of entries) rows.push(this.#rows.seal(name, field, entry))
    let since = options.since ?? null
    let changes: StoredChanges | null = null
    const { partial = false } = options
    const refused: Entry[] = []
    let written = 0
    let version: StoreVersion = ''
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const outcome = await this.#commitRows(name, { rows, label, since, fence, partial })
      written += outcome.written
      for (const field of outcome.refused) refused.push(...(entries.has(field) ? [entries.get(field)!] : []))
      version = outcome.version
      if (outcome.changes !== null) changes = await this.#open(name, outcome.changes)
      since = null
      rows = await this.#again(name, outcome.kept, entries)
      if (rows.length === 0) break
    }
    const hasChanges =
      changes && (changes.extent !== 'changes' || changes.entries.length > 0 || changes.problems.length > 0)
    return { version, written, refused, changes: changes && hasChanges ? { ...changes, version } : null }
  }

  async subscribe(
    session: SessionKey,
    onChange: (version: StoreVersion | null) => void,
  ): Promise<() => Promise<void>> {
    const name = this.#name(session)
    const end = await this.#backend.watch(name, onChange)
    if (this.#keys === undefined) return end
    this.#watchers.set(name, [...(this.#watchers.get(name) ?? []), onChange])
    return () => {
      const watchers = this.#watchers.get(name) ?? []
      const at = watchers.indexOf(onChange)
      if (at >= 0 && watchers.length === 1) this.#watchers.delete(name)
      else if (at >= 0) this.#watchers.set(name, watchers.toSpliced(at, 1))
      return end()
    }
  }

  pseudonym(session: SessionKey): string {
    return this.#sealer.pseudonym(session)
  }

  sealText(purpose: string, text: string): string {
    return Buffer.from(this.#sealer.seal('text', purpose, text)).toString('base64url')
  }

  async openText(purpose: string, sealed: string): Promise<string | null> {
    const body = Buffer.from(sealed, 'base64url')
    await this.#learn([body])
    const opened = this.#sealer.open('text', purpose, body)
    return opened.ok ? opened.text : null
  }

  async messages(session: SessionKey, onMessage: (text: string) => void): Promise<SessionMessages | null> {
    const backend = this.#backend
    if (!backend.send || !backend.listen || !this.#sealer.seals) return null
    const name = this.#name(session)
    const end = await backend.listen(name, (body) => {
      const opened = this.#sealer.open(name, MESSAGE, body)
      if (opened.ok) onMessage(opened.text)
    })
    return {
      send: async (text) => (await backend.send?.(name, this.#sealer.seal(name, MESSAGE, text))) ?? 0,
      close: end,
    }
  }

  async acquireLock(session: SessionKey, purpose: string, ttlMs: number): Promise<StoreLock | null> {
    const name = this.#name(session)
    const field = this.#rows.purpose(name, purpose)
    const backend = this.#backend
    const held = await backend.acquireLock(name, field, ttlMs)
    if (!held) return null
    return {
      session,
      purpose,
      fence: held.fence,
      extend: (ms) => backend.extendLock(name, field, held.token, ms),
      release: () => backend.releaseLock(name, field, held.token),
    }
  }

  async *list(filter: ListFilter = {}): AsyncIterable<SessionInfo> {
    this.#refuseClosed()
    for await (const { name, label, ...row } of this.#backend.list()) {
      await this.#learn([label])
      const session = this.#readLabel(name, label)
      if (!session || (filter.tenant !== undefined && session.tenant !== filter.tenant)) continue
      yield { session, ...row }
    }
  }

  async remove(session: SessionKey): Promise<boolean> {
    return this.#backend.remove(this.#name(session))
  }

  async purge(): Promise<PurgeReport> {
    this.#refuseClosed()
    return this.#backend.purge()
  }

  async rekey(): Promise<{ readonly resealed: number; readonly unreadable: number }> {
    let resealed = 0
    let unreadable = 0
    await this.#keys?.refresh()
    for await (const { session } of this.list()) {
      const name = this.#name(session)
      const label = this.#rows.label(name, session)
      const rows: RowChange[] = []
      for (const row of (await this.#backend.read(name, '')).rows) {
        const opened = this.#rows.open(name, row)
        if (!opened.ok) unreadable++
        else if (opened.stale)
          rows.push({ ...this.#rows.seal(name, row.field, opened.entry), over: row.body })
      }
      if (rows.length > 0)
        resealed += (await this.#commitRows(name, { rows, label, since: null, fence: null, partial: false }))
          .written
    }
    return { resealed, unreadable }
  }

  close(): Promise<void> {
    this.#keys?.close()
    this.#closing ??= this.#backend.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #commitRows(
    name: string,
    plan: Parameters<Backend['commit']>[1],
  ): Promise<Extract<CommitOutcome, { status: 'done' }>> {
    const whole = { ...plan, partial: false }
    let outcome = await this.#backend.commit(name, whole)
    // Before anything is refused, what has expired has to go, and then what is only there to say that it is gone.
    for (const what of ['expired', 'deletions'] as const) {
      if (outcome.status !== 'too-large') break
      if ((await this.#backend.purgeSession(name, what)) > 0)
        outcome = await this.#backend.commit(name, whole)
    }
    if (outcome.status === 'too-large' && plan.partial) outcome = await this.#backend.commit(name, plan)
    if (outcome.status === 'done') return outcome
    if (outcome.status === 'lock-lost') {
      throw new OnejarError(
        'ONEJAR_LOCK_LOST',
        'The lock that the commit was made under belongs to somebody else',
      )
    }
    throw new OnejarError(
      'ONEJAR_SESSION_TOO_LARGE',
      `The session would hold more than ${this.#limits.maxSessionBytes} bytes in the store`,
      { details: { maxSessionBytes: this.#limits.maxSessionBytes, entries: plan.rows.length } },
    )
  }

  /** Of the stored rows that stood in the way of a commit, those that should not have: damaged, or the lesser of equals. */
  async #again(
    name: string,
    kept: readonly Row[],
    entries: ReadonlyMap<string, Entry>,
  ): Promise<RowChange[]> {
    const rows: RowChange[] = []
    const damaged: Row[] = []
    await this.#learn(kept.map(({ body }) => body))
    for (const row of kept) {
      const entry = entries.get(row.field)
      if (!entry) continue
      const opened = this.#rows.open(name, row)
      if (opened.ok && newer(entry, opened.entry)) {
        rows.push({ ...this.#rows.seal(name, row.field, entry), over: row.body })
      } else if (!opened.ok) {
        this.#report(name, row.body, opened.reason)
        if (!isWorthless(opened.reason)) continue
        damaged.push(row)
        rows.push(this.#rows.seal(name, row.field, entry))
      }
    }
    if (damaged.length > 0) await this.#backend.drop(name, damaged)
    return rows
  }

  async #open(name: string, set: RowSet): Promise<StoredChanges> {
    const entries: Entry[] = []
    const problems: StoreProblem[] = set.isTorn ? [this.#report(name, null, 'torn')] : []
    const damaged: Row[] = []
    await this.#learn(set.rows.map(({ body }) => body))
    for (const row of set.rows) {
      const opened = this.#rows.open(name, row)
      if (opened.ok) entries.push(opened.entry)
      else {
        problems.push(this.#report(name, row.body, opened.reason))
        if (opened.reason === 'unknown-key') this.#passOver(name)
        if (isWorthless(opened.reason)) damaged.push(row)
      }
    }
    if (damaged.length > 0) await this.#backend.drop(name, damaged)
    return { entries, version: set.version, extent: set.extent, problems }
  }

  /** Asks where the keys come from for those that these bodies were sealed with, when one is unknown. */
  async #learn(bodies: readonly Uint8Array[]): Promise<void> {
    if (this.#keys === undefined) return
    const unknown = new Set(bodies.map((body) => this.#sealer.foreignKey(body)).filter((id) => id !== null))
    if (unknown.size > 0) await this.#keys.meetUnknown(unknown)
  }

  #passOver(name: string): void {
    if (this.#keys === undefined) return
    const [first] = this.#unread.size >= MAX_UNREAD ? this.#unread : []
    if (first !== undefined) this.#unread.delete(first)
    this.#unread.add(name)
  }

  /** There are other keys now: sessions that could not be read in full are read again. */
  #readAgain(): void {
    for (const name of this.#unread) {
      if (this.#readable.size < MAX_UNREAD) this.#readable.add(name)
      for (const onChange of this.#watchers.get(name) ?? []) onChange(null)
    }
    this.#unread.clear()
  }

  #readLabel(name: string, label: Uint8Array): SessionKey | null {
    const opened = this.#sealer.open(name, 'label', label)
    if (!opened.ok) {
      this.#report(name, label, opened.reason)
      return null
    }
    try {
      const [tenant, id] = JSON.parse(opened.text) as [string, string]
      const session = { tenant, id }
      if (this.#name(session) === name) return session
    } catch {
      // Reported below: a label that is none.
    }
    this.#report(name, label, 'malformed')
    return null
  }

  #report(name: string, body: Uint8Array | null, reason: ProblemReason): StoreProblem {
    const hash = body === null ? '' : payloadHash(body)
    const problem = { reason, payloadHash: hash, session: name, stack: stackHere() }
    // What has no payload is gone with its report: if it is met again, it has happened again.
    if (hash === '' || !this.#reported.has(hash)) {
      if (this.#reported.size >= MAX_REMEMBERED_PROBLEMS) this.#reported.clear()
      if (hash !== '') this.#reported.add(hash)
      this.#onProblem?.(problem)
    }
    return problem
  }

  #name(session: SessionKey): string {
    this.#refuseClosed()
    for (const part of [session.tenant, session.id]) {
      if (typeof part !== 'string' || part.length > MAX_NAME_CHARS || !part.isWellFormed()) {
        throw new OnejarError(
          'ONEJAR_BAD_INPUT',
          'A session or tenant id is no well-formed string of a decent length',
        )
      }
    }
    return this.#sealer.name(session)
  }

  #refuseClosed(): void {
    if (this.#closing) throw new OnejarError('ONEJAR_CLOSED', 'The store was closed before the call')
  }
}

/** Where the damage was met, without this file's own line. */
function stackHere(): string {
  const at: { stack?: string } = {}
  Error.captureStackTrace(at, stackHere)
  return at.stack?.slice(at.stack.indexOf('\n') + 1) ?? ''
}

/** Whether nobody will ever be able to use such a row. One that another key or version can read is left alone. */
function isWorthless(reason: ProblemReason): boolean {
  return reason === 'altered' || reason === 'plaintext'
}
