export type Attributes = Readonly<Record<string, string>>

/**
 * The elements of a document in the order in which they begin, as columns: what follows from where an element stands can be
 * found for all of them in one pass. -1 stands for none.
 */
export interface HtmlDocument {
  readonly count: number
  readonly names: readonly string[]
  readonly attributes: readonly Attributes[]
  readonly parents: readonly number[]
  /** The element before it among those of the same parent. */
  readonly previous: readonly number[]
  /** The first text after its opening tag. */
  readonly textStarts: readonly number[]
  /** The first text after its end. */
  readonly textEnds: readonly number[]
  readonly texts: readonly string[]
  /** The element that each text stands in. */
  readonly textParents: readonly number[]
}

/** What scripts and styles hold is no text that anybody sees. */
export function isShown({ names, textParents }: HtmlDocument, text: number): boolean {
  const parent = textParents[text] as number
  return parent < 0 || (names[parent] !== 'script' && names[parent] !== 'style')
}
