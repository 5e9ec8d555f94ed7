import type { AnswerData } from '../data-documents.ts'
import { type Leaf, leavesOf } from '../find-places.ts'
import type { PagePart } from '../page-parts.ts'
import { partsOfPage } from '../page-parts.ts'
import type { RecordedExchange } from '../recorded-exchange.ts'

/** The fields of a page, as it shows them. */
export type FieldValues = Readonly<Record<string, string | readonly string[]>>

/** One request of a page that was looked at, and what its answer holds. */
export interface ViewedExchange {
  readonly exchange: RecordedExchange
  readonly data: AnswerData
  /** The leaves of each of its roots, by name. */
  readonly leaves: ReadonlyMap<string, readonly Leaf[]>
  /** What the fields' selectors find in it, where it is HTML. */
  readonly selected: ReadonlyMap<string, string | readonly string[]>
}

/** A page that was rendered: what it shows, and what it asked for. */
export interface PageView {
  readonly url: URL
  readonly parts: readonly PagePart[]
  readonly values: FieldValues
  readonly exchanges: readonly ViewedExchange[]
}

export function pageView(
  url: URL,
  values: FieldValues,
  exchanges: readonly Omit<ViewedExchange, 'leaves'>[],
): PageView {
  return {
    url,
    parts: partsOfPage(url),
    values,
    exchanges: exchanges.map((one) => ({
      ...one,
      leaves: new Map([...one.data.roots].map(([name, root]) => [name, leavesOf(root)])),
    })),
  }
}
