import {
  type HtmlDocument,
  parseDocument,
  parseSelector,
  Selection,
  type Steps,
  TextReader,
} from '../document/index.ts'

/** Which piece of a document is wanted: a CSS selector for the text of the first match, or with more to say. */
export type FieldSelector =
  | string
  | {
      readonly selector: string
      /** The value of an attribute instead of the text. */
      readonly attr?: string
      /** Of every match, as a list. Default: of the first one. */
      readonly all?: boolean
    }

/** What is wanted of a document, by the names it shall have. */
export type FieldSelectors = Readonly<Record<string, FieldSelector>>

/** A schema of a library that speaks Standard Schema (zod, valibot, arktype and others). */
export interface JsonSchema {
  /** What the library puts there; see https://standardschema.dev. */
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

/** What a schema's `validate` gives: `value`, or `issues`. */
interface SchemaResult {
  /** The part of the JSON that the schema lets through. */
  readonly value?: unknown
  /** What does not fit; absent when all does. */
  readonly issues?: readonly { readonly path?: readonly unknown[] | undefined }[] | undefined
}

/** What is wanted of a response: pieces of a document by CSS selectors, or the part of a JSON that a schema lets through. */
export type Extraction = FieldSelectors | JsonSchema

export function isJsonSchema(value: unknown): value is JsonSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as Partial<JsonSchema>)['~standard']?.validate === 'function'
}

/** What was found: null where nothing matched. */
export type ExtractedFields = Record<string, string | null | (string | null)[]>

const MAX_FIELDS = 200

/** Why this says nothing of what is wanted, with the path of what is wrong; undefined when it does. */
export function extractionIssue(value: unknown): string | undefined {
  if (isJsonSchema(value)) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'expected fields with selectors, or a schema'
  }
  const fields = Object.entries(value)
  if (fields.length === 0 || fields.length > MAX_FIELDS) return `expected 1 to ${MAX_FIELDS} fields`
  for (const [name, field] of fields) {
    const issue = fieldIssue(field)
    if (issue !== undefined) return `${name}${issue}`
  }
  return undefined
}

function fieldIssue(field: unknown): string | undefined {
  if (typeof field === 'string') return isSelector(field) ? undefined : ': not a CSS selector'
  if (typeof field !== 'object' || field === null) return ': expected a selector, or an object with one'
  const { selector, attr, all, ...others } = field as Record<string, unknown>
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) return `: there is no ${unknown}`
  if (typeof selector !== 'string' || !isSelector(selector)) return '.selector: not a CSS selector'
  if (attr !== undefined && (typeof attr !== 'string' || attr === '')) return '.attr: expected a name'
  if (all !== undefined && typeof all !== 'boolean') return '.all: expected true or false'
  return undefined
}

/**
 * The pieces of a document, found step by step. Text has its white space collapsed. Costs a parse of the document and a pass
 * for each part of each selector.
 *
 * @throws TooManyElements, TooMuchText
 */
export function* extractFields(html: string, fields: FieldSelectors): Steps<ExtractedFields> {
  const document = yield* parseDocument(html)
  const selection = new Selection(document)
  const texts = new TextReader(document)
  const found: ExtractedFields = {}
  for (const [name, field] of Object.entries(fields)) {
    const {
      selector,
      attr,
      all = false,
    }: Exclude<FieldSelector, string> = typeof field === 'string' ? { selector: field } : field
    const matches = yield* selection.all(parseSelector(selector))
    const values: (string | null)[] = []
    for (const element of all ? matches : matches.slice(0, 1)) {
      values.push(attr === undefined ? yield* texts.read(element) : attributeOf(document, element, attr))
    }
    // Defined, not assigned: a field may be called __proto__.
    const value = all ? values : (values[0] ?? null)
    Object.defineProperty(found, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return found
}

function attributeOf({ attributes }: HtmlDocument, element: number, name: string): string | null {
  return attributes[element]?.[name] ?? null
}

function isSelector(text: string): boolean {
  try {
    parseSelector(text)
    return true
  } catch {
    return false
  }
}
