import { createHash, randomBytes } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { formatVersion, type Row, type StoreVersion } from '../store/index.ts'

/**
 * The layout of a session in the table: one partition (`pk`, made from the hash of its name) with these items, by `sk`:
 *
 * - `#` the head: the state of the session, and the rows of the last commit (`lg`). A commit is one conditional write of it
 * - `e/GENERATION/FIELD` a row; the generation changes when the session is removed or starts again
 * - `p/GENERATION/ID/NUMBER` a part of a body that is too large for its row; written before the row that refers to it
 * - `l/PURPOSE` a lock that is held, or whose holder died within the last day; the head has the greatest fence of all (`lf`)
 *
 * The facts have a partition of their own. `ttl` is in epoch seconds, as DynamoDB requires; all other instants are in epoch
 * milliseconds.
 */
export type Item = Record<string, AttributeValue>

export const HEAD = '#'
/** A larger body is kept in parts. */
export const INLINE_BYTES = 16 * 1024
/** The size of a part. An item of DynamoDB holds 400 KB, names included. */
export const PART_BYTES = 350 * 1024
/** How many bytes the rows of one commit may take in the head. */
export const LOG_BYTES = 280 * 1024

/** A row as the table has it. */
export interface StoredRow extends Row {
  /** The number of the change that wrote it. */
  readonly number: number
  readonly parts: { readonly id: string; readonly count: number } | null
  /** The size of the whole body, in bytes. */
  readonly bodyBytes: number
}

/** What a commit still has to do with the items of rows: put them, or delete them unless they are newer. */
export type LogEntry =
  | { readonly put: StoredRow }
  | { readonly delete: { readonly field: string; readonly number: number } }

export interface Head {
  readonly epoch: string
  readonly generation: string
  readonly number: number
  readonly floor: number
  readonly expiresAt: number
  readonly horizon: number
  readonly size: number
  readonly count: number
  readonly name: string
  readonly label: Uint8Array
  readonly createdAt: number
  readonly writtenAt: number
  /** When DynamoDB may delete the items of all rows. */
  readonly rowsUntil: number
  readonly log: readonly LogEntry[]
}

/** The head of a session, as it was read. */
export interface HeadState {
  /** Null when there is no session, or it has expired. */
  readonly head: Head | null
  /** Changes with every change of the state; null when there is no head. */
  readonly revision: string | null
  /** Changes whenever a lock in the session is taken. */
  readonly lockMark: string | null
  /** The greatest fence that a lock in the session has had. */
  readonly lastFence: number
  /** Changes whenever watchers have to be notified. */
  readonly pulse: string
  /** Whether there is a head that this adapter did not write. */
  readonly isDamaged: boolean
}

export function partition(prefix: string, name: string): string {
  return `${prefix}/s/${createHash('sha256').update(name).digest('base64url')}`
}

export function randomId(): string {
  return randomBytes(12).toString('base64url')
}

export function rowKey(pk: string, generation: string, field: string): Item {
  return { pk: { S: pk }, sk: { S: `e/${generation}/${field}` } }
}

export function headKey(pk: string): Item {
  return { pk: { S: pk }, sk: { S: HEAD } }
}

export function number(value: number): AttributeValue {
  return { N: String(value) }
}

export function seconds(ms: number): AttributeValue {
  return number(Math.ceil(ms / 1000))
}

/** The state of a session, in the form that watchers compare. */
export function pulseOf(item: Item | undefined): string {
  return `${item?.['ep']?.S ?? ''}.${item?.['n']?.N ?? ''} ${item?.['rl']?.S ?? ''}`
}

/** The pulse after a commit. */
export function pulseAt(pulse: string, head: Pick<Head, 'epoch' | 'number'>): string {
  return `${formatVersion(head.epoch, head.number)} ${pulse.slice(pulse.indexOf(' ') + 1)}`
}

export function versionOf(head: Head | null): StoreVersion {
  return head ? formatVersion(head.epoch, head.number) : ''
}

export function rowAttributes(row: StoredRow): Item {
  return {
    f: { S: row.field },
    t: number(row.time),
    w: { S: row.writer },
    n: number(row.number),
    z: number(row.bodyBytes),
    ...(row.tombstone ? { d: { BOOL: true } } : {}),
    ...(row.expiresAt === null ? {} : { x: number(row.expiresAt) }),
    ...(row.parts === null ? { b: { B: row.body } } : { p: { S: row.parts.id }, q: number(row.parts.count) }),
  }
}

/** An item that is not a row counts as older than every row, so that any write replaces it. */
export function readRow(item: Item): StoredRow {
  const sk = item['sk']?.S ?? ''
  const field = item['f']?.S ?? sk.slice(sk.lastIndexOf('/') + 1)
  const body = item['b']?.B ?? new Uint8Array()
  const [time, at, bytes] = [count(item['t']), count(item['n']), count(item['z'])]
  const writer = item['w']?.S
  const id = item['p']?.S
  const parts = count(item['q'])
  if (time === null || writer === undefined) {
    const none = { field, time: -1, writer: '', tombstone: false, expiresAt: null, parts: null }
    return { ...none, body, number: at ?? 0, bodyBytes: body.length }
  }
  return {
    field,
    time,
    writer,
    tombstone: item['d']?.BOOL === true,
    expiresAt: count(item['x']),
    body,
    number: at ?? 0,
    parts: id === undefined || parts === null ? null : { id, count: parts },
    bodyBytes: bytes ?? body.length,
  }
}

export function logAttribute(log: readonly LogEntry[]): AttributeValue {
  return {
    L: log.map((entry) =>
      'put' in entry
        ? { M: rowAttributes(entry.put) }
        : { M: { f: { S: entry.delete.field }, n: number(entry.delete.number), del: { BOOL: true } } },
    ),
  }
}

/** @param now - an expired head counts as absent */
export function readHead(item: Item | undefined, now: number): HeadState {
  const state = {
    head: null,
    revision: item?.['rev']?.S ?? null,
    lockMark: item?.['lk']?.S ?? null,
    lastFence: lastFenceOf(item),
    pulse: pulseOf(item),
    isDamaged: false,
  }
  if (item?.['rev'] === undefined) return state
  const numbers = ['n', 'fl', 'ex', 'ho', 'sz', 'ct', 'cr', 'wr', 'ru'].map((key) => count(item[key]))
  const [epoch, generation, name] = ['ep', 'g', 'nm'].map((key) => item[key]?.S)
  if (!epoch || !generation || name === undefined || numbers.includes(null))
    return { ...state, isDamaged: true }
  const [at, floor, expiresAt, horizon, size, rows, createdAt, writtenAt, rowsUntil] = numbers as number[]
  if (expiresAt! <= now) return state
  const head: Head = {
    epoch,
    generation,
    number: at!,
    floor: floor!,
    expiresAt: expiresAt!,
    horizon: horizon!,
    size: size!,
    count: rows!,
    name,
    label: item['lb']?.B ?? new Uint8Array(),
    createdAt: createdAt!,
    writtenAt: writtenAt!,
    rowsUntil: rowsUntil!,
    log: (item['lg']?.L ?? []).map(({ M = {} }) =>
      M['del'] ? { delete: { field: M['f']?.S ?? '', number: count(M['n']) ?? 0 } } : { put: readRow(M) },
    ),
  }
  return { ...state, head }
}

export function headAttributes(head: Head): Item {
  return {
    ep: { S: head.epoch },
    g: { S: head.generation },
    n: number(head.number),
    fl: number(head.floor),
    ex: number(head.expiresAt),
    ho: number(head.horizon),
    sz: number(head.size),
    ct: number(head.count),
    nm: { S: head.name },
    lb: { B: head.label },
    cr: number(head.createdAt),
    wr: number(head.writtenAt),
    ru: number(head.rowsUntil),
    ttl: seconds(head.expiresAt),
  }
}

export function lastFenceOf(head: Item | undefined): number {
  return count(head?.['lf']) ?? 0
}

/** A whole number that is not negative; null for anything else. */
export function count(value: AttributeValue | undefined): number | null {
  const parsed = Number(value?.N ?? Number.NaN)
  return Number.isSafeInteger(parsed) && parsed >= 0 ? parsed : null
}
