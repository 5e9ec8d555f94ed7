import type { Cookie, Entry, EntryKind, EntryOf, TokenBinding } from '../record/index.ts'
import { stateFromEntries } from '../record/index.ts'
import { MASK, maskQuery } from './mask.ts'
import { printable } from './printable.ts'
import { Style } from './style.ts'
import { instant, table } from './table.ts'

/** What a session holds, as it may be shown: values only when they are to be revealed. */
export interface SessionReport {
  /** What logs, traces and the audit trail call the session. */
  readonly pseudonym: string
  readonly identity: { readonly userAgent: string } | null
  readonly cookies: readonly ShownCookie[]
  readonly storage: readonly {
    readonly origin: string
    readonly area: 'local' | 'session'
    readonly key: string
    readonly value: string
  }[]
  /** Origins with an IndexedDB snapshot. */
  readonly indexedDB: readonly string[]
  readonly routes: readonly {
    readonly origin: string
    readonly transport: string
    readonly reason: string
    readonly until: number
  }[]
  readonly bindings: readonly { readonly origin: string; readonly header: string; readonly source: string }[]
  /** Where the session is not to be used for now; `origin` is empty for everywhere. */
  readonly quarantines: readonly {
    readonly origin: string
    readonly until: number
    readonly reason: string
  }[]
  /** Where the session stops until it is resumed. */
  readonly blocked: readonly {
    readonly origin: string
    readonly at: number
    readonly verdict: string
    readonly vendor: string | null
    readonly reason: string
  }[]
  /** How many requests were given up and are kept. */
  readonly deadLetters: number
}

type ShownCookie = Omit<Cookie, 'created'>

/** The report of a record's entries. Expired cookies are left out. */
export function reportSession(
  entries: readonly Entry[],
  { pseudonym, now, reveal }: { readonly pseudonym: string; readonly now: number; readonly reveal: boolean },
): SessionReport {
  const show = (value: string) => (reveal ? value : MASK)
  const { cookies, origins } = stateFromEntries(entries)
  const [identity] = valuesOf(entries, 'identity')
  return {
    pseudonym,
    identity: identity ? { userAgent: identity[1].userAgent } : null,
    cookies: cookies
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
      .map(({ created: _, ...cookie }) => ({ ...cookie, value: show(cookie.value) })),
    storage: origins.flatMap(({ origin, localStorage, sessionStorage }) => [
      ...localStorage.map(([key, value]) => ({ origin, area: 'local' as const, key, value: show(value) })),
      ...sessionStorage.map(([key, value]) => ({
        origin,
        area: 'session' as const,
        key,
        value: show(value),
      })),
    ]),
    indexedDB: origins.flatMap(({ origin, indexedDB }) => (indexedDB == null ? [] : [origin])),
    routes: valuesOf(entries, 'route').map(([origin, route]) => ({ origin: maskQuery(origin), ...route })),
    bindings: valuesOf(entries, 'binding').map(([, { origin, header, source }]) => ({
      origin,
      header,
      source: sourceText(source),
    })),
    quarantines: valuesOf(entries, 'quarantine')
      .filter(([, { until }]) => until > now)
      .map(([origin, { until, reason }]) => ({ origin, until, reason })),
    blocked: valuesOf(entries, 'halt').map(([origin, halt]) => ({ origin, ...halt })),
    deadLetters: valuesOf(entries, 'dead-letter').filter(([, { expiresAt }]) => expiresAt > now).length,
  }
}

function sourceText(source: TokenBinding['source']): string {
  if (source.kind === 'memory') return 'memory of the page'
  return `${source.kind} ${source.kind === 'cookie' || source.kind === 'meta' ? source.name : source.key}`
}

/** The report for people. */
export function reportText(report: SessionReport, style = Style.plain): string {
  const {
    pseudonym,
    identity,
    cookies,
    storage,
    indexedDB,
    routes,
    bindings,
    quarantines,
    blocked,
    deadLetters,
  } = report
  const parts = [`pseudonym  ${pseudonym}\n`, `identity  ${printable(identity?.userAgent ?? '-')}\n`]
  const part = (name: string, head: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length > 0) parts.push(`${name} (${rows.length})\n${table(head, rows, style)}`)
  }
  part('cookies', ['NAME', 'VALUE', 'DOMAIN', 'PATH', 'EXPIRES', 'ATTRIBUTES'], cookies.map(cookieRow))
  part(
    'storage',
    ['ORIGIN', 'AREA', 'KEY', 'VALUE'],
    storage.map(({ origin, area, key, value }) => [origin, area, key, value]),
  )
  part(
    'IndexedDB',
    ['ORIGIN'],
    indexedDB.map((origin) => [origin]),
  )
  part(
    'routes',
    ['ORIGIN', 'TRANSPORT', 'UNTIL', 'WHY'],
    routes.map(({ origin, transport, until, reason }) => [origin, transport, instant(until), reason]),
  )
  part(
    'token bindings',
    ['ORIGIN', 'HEADER', 'FROM'],
    bindings.map(({ origin, header, source }) => [origin, header, source]),
  )
  part(
    'quarantines',
    ['ORIGIN', 'UNTIL', 'WHY'],
    quarantines.map(({ origin, until, reason }) => [origin || 'all', instant(until), reason]),
  )
  part(
    'blocked',
    ['ORIGIN', 'SINCE', 'VERDICT', 'WHY'],
    blocked.map(({ origin, at, verdict, reason }) => [origin, instant(at), verdict, reason]),
  )
  if (deadLetters > 0) parts.push(`dead letters  ${deadLetters}\n`)
  return parts.join('\n')
}

function cookieRow(cookie: ShownCookie): string[] {
  const {
    name,
    value,
    domain,
    hostOnly,
    path,
    expiresAt,
    secure,
    httpOnly,
    sameSite,
    priority,
    partitionKey,
  } = cookie
  const attributes = [
    secure ? 'Secure' : '',
    httpOnly ? 'HttpOnly' : '',
    sameSite === 'unspecified' ? '' : `SameSite=${sameSite}`,
    priority === 'medium' ? '' : `Priority=${priority}`,
    partitionKey === null ? '' : `Partition=${partitionKey.topLevelSite}`,
  ]
  const expiry = expiresAt === null ? 'session' : instant(expiresAt)
  const shownDomain = hostOnly ? domain : `.${domain}`
  return [name, value, shownDomain, path, expiry, attributes.filter((text) => text !== '').join(' ')]
}

/** The live entries of one kind: id and value. */
function valuesOf<K extends EntryKind>(entries: readonly Entry[], kind: K) {
  return entries.flatMap((entry): [string, NonNullable<EntryOf<K>['value']>][] =>
    entry.kind === kind && entry.value !== null
      ? [[entry.id, entry.value as NonNullable<EntryOf<K>['value']>]]
      : [],
  )
}
