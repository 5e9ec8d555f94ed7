export type Attributes = Readonly<Record<string, string>>

/**
 * The elements of a document in document order, as columns: a fact that depends on an element's position can be computed
 * for all elements in one pass. -1 means none.
 */
export interface HtmlDocument {
  readonly count: number
  readonly names: readonly string[]
  readonly attributes: readonly Attributes[]
  readonly parents: readonly number[]
  /** The previous sibling. */
  readonly previous: readonly number[]
  /** The first text after its opening tag. */
  readonly textStarts: readonly number[]
  /** The first text after its closing tag. */
  readonly textEnds: readonly number[]
  readonly texts: readonly string[]
  /** The element that each text belongs to. */
  readonly textParents: readonly number[]
}

/** The content of scripts and styles is not visible text. */
export function isShown({ names, textParents }: HtmlDocument, text: number): boolean {
  const parent = textParents[text] as number
  return parent < 0 || (names[parent] !== 'script' && names[parent] !== 'style')
}
