import { type Clock, copyHttpUrl, parseHttpUrl } from '../../core/index.ts'
import { type Cookie, SessionRecord } from '../../record/index.ts'
import type { SessionKey, Store } from '../../store/index.ts'
import { type BlockedOrigin, blockedOriginsOf } from './blocked-origins.ts'
import { type DeadLetterInfo, deadLettersOf } from './dead-letters.ts'
import { type WrittenEntry, writtenEntries } from './written-entries.ts'

/** What can be read of a session, whether it is open or not. */
export interface SessionView {
  /** Whether it is open here. */
  readonly open: boolean
  /** Whether the store has it, or had it when it was opened. */
  readonly stored: boolean
  readonly pseudonym: string
  readonly cookies: {
    /** All live cookies, oldest first. */
    all(): Cookie[]
    /** Those that a request to this URL would carry. @throws OnejarError ONEJAR_BAD_URL */
    matching(url: string | URL): Cookie[]
  }
  /** The origins with items in localStorage. */
  localOrigins(): string[]
  /** The localStorage of an origin. @throws OnejarError ONEJAR_BAD_URL */
  localItems(origin: string | URL): ReadonlyMap<string, string>
  blockedOrigins(): readonly BlockedOrigin[]
  /** Which cookies and items there are, who wrote each and when, the latest first, up to 1,000. */
  written(): WrittenEntry[]
  /** The newest first. */
  deadLetters(): readonly DeadLetterInfo[]
}

/** What a record holds. */
export function viewOf(
  record: SessionRecord,
  { writer, ...life }: Pick<SessionView, 'open' | 'stored' | 'pseudonym'> & { readonly writer: string },
): SessionView {
  return {
    ...life,
    written: () => writtenEntries(record, writer),
    cookies: {
      all: () => record.cookies(),
      matching: (url) => record.matchingCookies(parseHttpUrl(url)),
    },
    localOrigins: () => record.localOrigins(),
    localItems: (origin) => record.localItems(copyHttpUrl(origin).origin),
    blockedOrigins: () => blockedOriginsOf(record),
    deadLetters: () => deadLettersOf(record),
  }
}

/** Reads a session from the store without opening it: nothing is written, followed or made. */
export async function readStored(
  store: Store,
  key: SessionKey,
  clock: Clock,
  writer: string,
): Promise<SessionView> {
  const record = new SessionRecord({ writer: 'reader', clock })
  const { entries } = await store.load(key)
  record.merge(entries, { name: 'store' })
  return viewOf(record, { open: false, stored: entries.length > 0, pseudonym: store.pseudonym(key), writer })
}
