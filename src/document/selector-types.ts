/** Selectors that are separated by commas. */
export type SelectorList = readonly ComplexSelector[]

/** Compounds, each with its combinator; the first one's relation is null when it has none. */
export type ComplexSelector = readonly {
  readonly relation: Relation | null
  readonly compound: readonly SimpleSelector[]
}[]

export type Relation = 'descendant' | 'child' | 'adjacent' | 'sibling' | 'parent'

/** The conditions on one element. */
export type SimpleSelector =
  | { readonly kind: 'tag'; readonly name: string }
  | {
      readonly kind: 'attribute'
      readonly name: string
      readonly accepts: (value: string | undefined) => boolean
    }
  | { readonly kind: 'is' | 'not' | 'has'; readonly list: SelectorList }
  | NthSelector
  | { readonly kind: 'contains'; readonly text: string; readonly anyCase: boolean }
  | { readonly kind: 'lang'; readonly ranges: readonly string[] }
  | { readonly kind: 'empty' | 'top' | 'never' }

/** The element is number `step` * n + `offset` among its siblings. */
export interface NthSelector {
  readonly kind: 'nth'
  readonly step: number
  readonly offset: number
  readonly fromEnd: boolean
  /** Count only elements of the same name. */
  readonly ofType: boolean
  /** Count only elements that match this. */
  readonly of: SelectorList | null
}
