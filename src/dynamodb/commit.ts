import { randomUUID } from 'node:crypto'
import {
  type CommitOutcome,
  type CommitPlan,
  horizonOf,
  type Limits,
  type Row,
  type RowChange,
  type RowSet,
  rowSize,
  sessionExpiry,
  sortRows,
} from '../store/index.ts'
import { type HeadState, pulseAt, randomId, type StoredRow, versionOf } from './items.ts'
import { Locks } from './locks.ts'
import type { Requests } from './requests.ts'
import { portionOf, type SessionTable } from './session-table.ts'

interface CommitParts {
  readonly db: Requests
  readonly table: SessionTable
  readonly limits: Limits
  readonly now: () => number
  /** Called for each change that was made, with the pulses before and after it. */
  readonly onChange: (before: string, after: string) => void
}

/**
 * One commit. It reads the head and the stored rows of the plan's fields, decides which rows win, and writes those in one
 * change. When another change came in between, it starts again. Rows that do not fit into one change (more than some
 * thousand) are written in several changes, each of which is atomic.
 */
export class Commit {
  readonly #name: string
  readonly #plan: CommitPlan
  readonly #parts: CommitParts
  readonly #kept: Row[] = []
  readonly #refused: string[] = []
  readonly #changes = new Map<string, Row>()
  #extent: RowSet['extent'] = 'changes'
  #isTorn = false
  #written = 0

  constructor(name: string, plan: CommitPlan, parts: CommitParts) {
    this.#name = name
    this.#plan = plan
    this.#parts = parts
  }

  async run(): Promise<CommitOutcome> {
    const { db, table, limits } = this.#parts
    const { fence } = this.#plan
    let rows = this.#plan.rows
    let since = this.#plan.since
    for (;;) {
      const found = since === null ? null : await table.changes(since)
      const state = found?.state ?? (await table.head())
      const { head } = state
      if (fence !== null) {
        const last = await new Locks(db, table.pk, this.#parts.now).fence(fence.purpose, state.lastFence)
        if (last > fence.fence) return { status: 'lock-lost' }
      }
      await table.settle(state)
      const stored = head
        ? await table.rows(
            head,
            rows.map(({ field }) => field),
          )
        : new Map<string, StoredRow>()
      const room = limits.maxSessionBytes - (head?.size ?? 0)
      const sorted = sortRows({ ...this.#plan, rows }, (field) => stored.get(field) ?? null, room)
      if (sorted === null) return { status: 'too-large' }
      const portion = portionOf(sorted.winners)
      const next = portion.length === 0 ? state : await this.#change(state, portion, stored)
      if (next === null) {
        await db.backOff('others keep changing the session')
        continue
      }
      this.#kept.push(...sorted.kept)
      this.#refused.push(...sorted.refused)
      if (found) {
        if (found.extent !== 'changes') this.#extent = found.extent
        this.#isTorn ||= found.isTorn
        for (const row of found.rows) this.#changes.set(row.field, row)
      }
      rows = sorted.winners.slice(portion.length)
      if (rows.length === 0) return this.#outcome(next)
      if (since !== null) since = versionOf(next.head)
      db.goOn()
    }
  }

  async #change(
    state: HeadState,
    winners: readonly RowChange[],
    stored: ReadonlyMap<string, StoredRow>,
  ): Promise<HeadState | null> {
    const { table, limits, now, onChange } = this.#parts
    const { head } = state
    const horizon = Math.max(head?.horizon ?? 0, horizonOf(winners))
    const expiresAt = sessionExpiry(now(), horizon, limits)
    // The items of rows expire later than their session, so that a use of the session does not have to rewrite them.
    const rowsUntil = expiresAt + limits.retentionFloorMs
    const replaced = winners.flatMap(({ field }) => stored.get(field) ?? [])
    const next = {
      epoch: head?.epoch ?? randomUUID(),
      generation: head?.generation ?? randomId(),
      number: (head?.number ?? 0) + 1,
      floor: head?.floor ?? 0,
      expiresAt,
      horizon,
      size: Math.max(
        0,
        (head?.size ?? 0) +
          sum(winners.map(rowSize)) -
          sum(replaced.map((row) => row.field.length + row.bodyBytes)),
      ),
      count: (head?.count ?? 0) + winners.length - replaced.length,
      name: this.#name,
      label: this.#plan.label,
      createdAt: head?.createdAt ?? now(),
      writtenAt: now(),
      rowsUntil: Math.min(head && head.count > 0 ? head.rowsUntil : rowsUntil, rowsUntil),
    }
    const puts = await table.store(winners, { ...next, rowsUntil })
    const log = puts.map((put) => ({ put }))
    const mark = this.#plan.fence === null ? undefined : state.lockMark
    const after = await table.change(state, next, log, mark)
    if (after === null) {
      await table.forget(next.generation, puts)
      return null
    }
    this.#written += winners.length
    onChange(state.pulse, pulseAt(state.pulse, next))
    // The commit is done. The next reader or writer completes whatever fails from here on.
    await this.#tidy(state, after, replaced).catch(() => {})
    return { ...after, pulse: pulseAt(state.pulse, next) }
  }

  async #tidy(before: HeadState, after: HeadState, replaced: readonly StoredRow[]): Promise<void> {
    const { table, limits } = this.#parts
    const { head, revision } = after
    if (head === null || revision === null) return
    await table.settle(after)
    await table.forget(head.generation, replaced)
    if (before.head === null && before.revision !== null) await table.sweep()
    if (head.expiresAt > head.rowsUntil)
      await table.keepUntil(head, revision, head.expiresAt, head.expiresAt + limits.retentionFloorMs)
  }

  async #outcome({ head }: HeadState): Promise<CommitOutcome> {
    const version = versionOf(head)
    const { since } = this.#plan
    let changes: RowSet | null = null
    if (since !== null) {
      const rows =
        this.#extent === 'changes' ? [...this.#changes.values()] : (await this.#parts.table.changes('')).rows
      changes = { version, extent: this.#extent, rows, isTorn: this.#isTorn }
    }
    const [written, kept, refused] = [this.#written, this.#kept, this.#refused]
    return { status: 'done', version, written, kept, refused, changes }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
