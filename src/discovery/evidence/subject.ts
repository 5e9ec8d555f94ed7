import type { SizeName } from './value-traits.ts'

/** What is said of one thing, such as a field or a place in the data. */
export interface Subject {
  readonly name: string
  /** The field that it is about; null where it is about what stands around the fields. */
  readonly field: string | null
  /** Kinds of values that are there. */
  readonly kinds: ReadonlySet<string>
  /** Short texts, of which there may be a few in all. */
  readonly states: ReadonlySet<string>
  /** Whether these are shapes of codes, of which fewer are kept. */
  readonly areShapes?: boolean
  readonly sizes: ReadonlyMap<SizeName, number>
  /** What holds here, and could be why the page shows what it shows; null where there is too little to say. */
  readonly claims: ReadonlySet<string> | null
}

/** All that the answers for a page say about how their page may show them. */
export type Facts = readonly Subject[]
