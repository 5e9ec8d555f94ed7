import { createHash, createHmac } from 'node:crypto'
import { POLICY, type PolicyRule } from '../policy.ts'

/** A key that seals records. */
export interface AuditKey {
  /** Identifies a key without revealing it. */
  readonly id: string
  readonly secret: Uint8Array
}

/** What a decision was about: short, flat, no secret. */
export type AuditFacts = Readonly<Record<string, string | number>>

/** What is written into the trail: one line of JSON each. */
export interface AuditRecord {
  readonly v: 1
  /** Counted from 1, without gaps, over all files of the trail. */
  readonly seq: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly rule: string
  readonly data: string
  readonly action: string
  /** Keyed hash of tenant and id; null where no session is concerned. */
  readonly session: string | null
  readonly facts: AuditFacts
  /** The id of the key that `hash` is made with; null for a plain SHA-256. */
  readonly key: string | null
  /** The `hash` of the record before; 43 zeros for the first. */
  readonly prev: string
  readonly hash: string
}

/** The end of a trail: what the next record is chained to. */
export interface TrailEnd {
  readonly seq: number
  readonly hash: string
}

/** The end of a trail that has no record yet. */
export const TRAIL_START: TrailEnd = { seq: 0, hash: '0'.repeat(43) }

/** A line is never longer, line feed included. */
export const MAX_LINE_BYTES = 16 * 1024

/** Eight facts of 200 characters fit into a line even where each character has to be escaped. */
const MAX_FACT_CHARS = 200
const MAX_FACTS = 8

/** The line (with its line feed) of the record that comes next, and the end of the trail after it. */
export function nextLine(
  end: TrailEnd,
  decision: {
    readonly at: number
    readonly rule: PolicyRule
    readonly session: string | null
    readonly facts: AuditFacts
  },
  key: AuditKey | null,
): { readonly line: string; readonly end: TrailEnd } {
  const { data, action } = POLICY[decision.rule]
  const body = {
    v: 1,
    seq: end.seq + 1,
    at: new Date(decision.at).toISOString(),
    rule: decision.rule,
    data,
    action,
    session: decision.session,
    facts: bounded(decision.facts),
    key: key?.id ?? null,
    prev: end.hash,
  }
  const hash = seal(canonical(body), key)
  return { line: `${canonical({ ...body, hash })}\n`, end: { seq: body.seq, hash } }
}

/** Why a line is not the one that comes after `end`. */
export type BrokenLink =
  | 'is not a record of the trail'
  | 'does not come next: records are missing, added or in another order'
  | 'is not chained to the record before it'
  | 'was changed after it was written'
  | 'is sealed with a key that is not in the key ring'
  | 'is not sealed with a key, and the trail has to be'

/** How strictly a line is looked at. */
export interface LinkCheck {
  readonly keys: readonly AuditKey[]
  /** Whether records without a key count as broken. */
  readonly keyed: boolean
  /** Take the word of records whose key is not there: only their place in the chain is looked at. */
  readonly linksOnly?: boolean
}

/**
 * Looks whether a line (without its line feed) is the record that comes next.
 *
 * @param end - null where the trail's beginning is elsewhere: the line is taken as its first
 */
export function checkLine(
  line: string,
  end: TrailEnd | null,
  { keys, keyed, linksOnly }: LinkCheck,
): { readonly record: AuditRecord } | { readonly broken: BrokenLink } {
  const record = parseRecord(line)
  if (!record) return { broken: 'is not a record of the trail' }
  if (end && record.seq !== end.seq + 1) {
    return { broken: 'does not come next: records are missing, added or in another order' }
  }
  if (end && record.prev !== end.hash) return { broken: 'is not chained to the record before it' }
  if (record.key === null && keyed) return { broken: 'is not sealed with a key, and the trail has to be' }
  const key = record.key === null ? null : keys.find(({ id }) => id === record.key)
  if (key === undefined && linksOnly) return { record }
  if (key === undefined) return { broken: 'is sealed with a key that is not in the key ring' }
  const { hash, ...body } = record
  if (seal(canonical(body), key) !== hash) return { broken: 'was changed after it was written' }
  return { record }
}

/** What proves an end of the trail: only who has the key can say so of another one. */
export function sealEnd(end: TrailEnd, sizeBytes: number, key: AuditKey | null): string {
  return seal(canonical({ end: end.hash, seq: end.seq, size: sizeBytes }), key)
}

function seal(text: string, key: AuditKey | null): string {
  const hash = key ? createHmac('sha256', key.secret) : createHash('sha256')
  return hash.update(text).digest('base64url')
}

/** JSON with sorted names and no space: equal values have equal texts. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

function bounded(facts: AuditFacts): AuditFacts {
  const kept = Object.entries(facts).slice(0, MAX_FACTS)
  return Object.fromEntries(
    kept.map(([name, fact]) => [
      name,
      typeof fact === 'number'
        ? Number.isFinite(fact)
          ? fact
          : 0
        : fact.slice(0, MAX_FACT_CHARS).toWellFormed(),
    ]),
  )
}

const NAMES = 'action,at,data,facts,hash,key,prev,rule,seq,session,v'

/** The record of a line (without its line feed), if it is exactly what would be written for it; whether it is true is not looked at. */
export function parseRecord(line: string): AuditRecord | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  // In this order, as they would be written.
  if (typeof value !== 'object' || value === null || Object.keys(value).join(',') !== NAMES) return null
  const record = value as AuditRecord
  const texts = [record.at, record.rule, record.data, record.action, record.prev, record.hash]
  if (record.v !== 1 || !Number.isSafeInteger(record.seq) || texts.some((text) => typeof text !== 'string')) {
    return null
  }
  if ([record.session, record.key].some((text) => text !== null && typeof text !== 'string')) return null
  return isFlat(record.facts) && canonical(record) === line ? record : null
}

function isFlat(facts: unknown): boolean {
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) return false
  return Object.values(facts).every((fact) => typeof fact === 'string' || typeof fact === 'number')
}
