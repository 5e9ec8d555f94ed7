import type { DataMark } from '../../record/index.ts'
import type { AnswerData } from '../data-documents.ts'
import { isPlain, pathText, sourceText, valueAt } from '../json-path.ts'
import { partOfPage } from '../page-parts.ts'
import type { PageView, ViewedExchange } from './view.ts'

/** Of one route. */
const MAX_MARKS = 8

/**
 * Where the answers to a request say which page they are of: they hold a part of the page's URL there, another one on each of two pages.
 * An answer that says something else there is another page's.
 */
export function marksOf(
  request: number,
  a: ViewedExchange,
  b: ViewedExchange,
  [pageA, pageB]: readonly [PageView, PageView],
): DataMark[] {
  const marks: DataMark[] = []
  for (const { source, value } of pageA.parts) {
    const other = partOfPage(pageB.url, source)
    if (other === undefined || other === value) continue
    for (const [document, leaves] of a.leaves) {
      const root = b.data.roots.get(document)
      for (const { path, value: leaf } of leaves) {
        if (!isPlain(leaf, value) || !isPlain(valueAt(root, path), other)) continue
        marks.push({ request, document, path, is: source })
        if (marks.length === MAX_MARKS) return marks
      }
    }
  }
  return marks
}

/** Those of the marks that say that the answers are this page's. */
export function heldMarks(
  marks: readonly DataMark[],
  page: URL,
  answers: readonly ({ readonly data: AnswerData } | undefined)[],
): DataMark[] {
  return marks.filter(({ request, document, path, is }) => {
    const part = partOfPage(page, is)
    const value = valueAt(answers[request]?.data.roots.get(document), path)
    return part !== undefined && isPlain(value, part)
  })
}

/** Why answers are not this page's; undefined where nothing says so. */
export function markIssue(
  marks: readonly DataMark[],
  page: URL,
  answers: readonly ({ readonly data: AnswerData } | undefined)[],
): string | undefined {
  const held = heldMarks(marks, page, answers)
  const broken = marks.find((mark) => answers[mark.request] !== undefined && !held.includes(mark))
  return (
    broken && `${pathText(broken.path)}, which was ${sourceText(broken.is)} of the page, is something else`
  )
}
