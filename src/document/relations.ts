import type { HtmlDocument } from './html-document.ts'
import type { Relation } from './selector-types.ts'
import { downFrom, type Steps, upTo } from './steps.ts'

/** The elements that are related to one of a set: its descendants, children, later siblings, … */
export function* forward(document: HtmlDocument, set: Uint8Array, relation: Relation): Steps<Uint8Array> {
  const found = new Uint8Array(document.count)
  const { near, far } = linksOf(document, relation)
  yield* upTo(document.count, (i) => {
    const other = near[i] as number
    if (other < 0) return
    if (relation === 'parent') found[other]! |= set[i] as number
    else if (set[other] === 1 || (far && found[other] === 1)) found[i] = 1
  })
  return found
}

/** The elements that one of a set is related to: its ancestors, its parent, its earlier siblings, … */
export function* backward(document: HtmlDocument, set: Uint8Array, relation: Relation): Steps<Uint8Array> {
  const found = new Uint8Array(document.count)
  const { near, far } = linksOf(document, relation)
  yield* downFrom(document.count, (i) => {
    const other = near[i] as number
    if (other < 0) return
    if (relation === 'parent') found[i] = set[other] as number
    else if (set[i] === 1 || (far && found[i] === 1)) found[other] = 1
  })
  return found
}

/** The column that maps an element to its related one, and whether the relation is transitive. */
function linksOf({ parents, previous }: HtmlDocument, relation: Relation) {
  return {
    near: relation === 'adjacent' || relation === 'sibling' ? previous : parents,
    far: relation === 'descendant' || relation === 'sibling',
  }
}
