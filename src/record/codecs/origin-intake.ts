import { z } from 'zod'
import { isBoundedJson } from './bounded-json.ts'
import { checkForm } from './check-form.ts'
import type { CookieIntake } from './cookie-intake.ts'
import { entryValueSchemas } from './schemas.ts'
import type { OriginState, StorageItem } from './state.ts'

const storageText = entryValueSchemas.local
const item = z.tuple([storageText, storageText])

/** The storage of one origin as a file has it. */
export interface OriginDraft {
  readonly origin: string
  readonly localStorage: readonly unknown[]
  readonly sessionStorage: readonly unknown[]
  readonly indexedDB?: unknown
}

/**
 * Takes the storage of the origins of a file: http and https origins only, items of two strings only. An origin that
 * occurs twice is joined, its later items win.
 */
export class OriginIntake {
  readonly #intake: CookieIntake
  readonly #origins = new Map<
    string,
    { local: Map<string, string>; session: Map<string, string>; indexedDB: unknown }
  >()

  /** @param intake - where problems are noted */
  constructor(intake: CookieIntake) {
    this.#intake = intake
  }

  get origins(): OriginState[] {
    return [...this.#origins].map(([origin, { local, session, indexedDB }]) => ({
      origin,
      localStorage: [...local],
      sessionStorage: [...session],
      indexedDB,
    }))
  }

  take(draft: OriginDraft, at: string): void {
    const origin = webOrigin(draft.origin)
    if (origin === null) {
      this.#intake.leave(at, 'it is no http or https origin')
      return
    }
    const held = this.#origins.get(origin) ?? { local: new Map(), session: new Map(), indexedDB: null }
    this.#origins.set(origin, held)
    this.#items(draft.localStorage, held.local, `${at}.localStorage`)
    this.#items(draft.sessionStorage, held.session, `${at}.sessionStorage`)
    if (draft.indexedDB === null || draft.indexedDB === undefined) return
    if (isBoundedJson(draft.indexedDB)) held.indexedDB = draft.indexedDB
    else this.#intake.leave(`${at}.indexedDB`, 'it is not JSON, or too deep or too large')
  }

  #items(items: readonly unknown[], into: Map<string, string>, at: string): void {
    for (const [index, candidate] of items.entries()) {
      const parsed = checkForm(item, candidate)
      if (parsed.success) into.set(...(parsed.data satisfies StorageItem))
      else this.#intake.leave(`${at}[${index}]`, 'it is not a key and a value, or too large')
    }
  }
}

function webOrigin(text: string): string | null {
  try {
    const url = new URL(text)
    const bare =
      url.pathname === '/' && url.search === '' && url.hash === '' && url.username + url.password === ''
    return bare && (url.protocol === 'http:' || url.protocol === 'https:') ? url.origin : null
  } catch {
    return null
  }
}
