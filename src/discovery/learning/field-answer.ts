import type { AnswerData } from '../data-documents.ts'

/** The answer to a data request, and what a field's selectors find in it where it is HTML. */
export interface FieldAnswer {
  readonly data: AnswerData
  readonly selected: ReadonlyMap<string, string | readonly string[]>
}
