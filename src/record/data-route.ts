import type { RouteEvidence } from './route-evidence.ts'

/** Which piece of a part is meant: `shoe-12.html` has the digits 12 at its end, and the stem `shoe-12`. */
export type Pick = 'whole' | 'first-digits' | 'last-digits' | 'stem' | 'last-word'

/** Where a part of a data request comes from: the page's URL, or an earlier answer. */
export type PartSource =
  | { readonly of: 'path' | 'fragment'; readonly index: number; readonly pick: Pick }
  | { readonly of: 'query'; readonly name: string; readonly pick: Pick }
  | {
      readonly of: 'response'
      /** The number of the earlier request. */
      readonly request: number
      readonly document: string
      readonly path: JsonPath
    }

/** A part of the page's URL. */
export type PageSource = Exclude<PartSource, { of: 'response' }>

/**
 * One step into data: the member of an object, the element of a list, every element, the element whose member has a value that
 * comes from the page's URL, or one that is elsewhere in the same data (a reference), or the JSON that a text holds.
 */
export type PathStep =
  | string
  | number
  | { readonly every: true }
  | { readonly where: string; readonly is: PageSource }
  | { readonly where: string; readonly as: readonly (string | number)[] }
  | { readonly parsed: true }

export type JsonPath = readonly PathStep[]

/** How a number is written: `1,234.50` has two decimals, a comma for groups and a point. */
export interface NumberFormat {
  readonly as: 'number'
  readonly before: string
  readonly after: string
  /** Null: as many as it has. */
  readonly decimals: number | null
  readonly group: '' | ',' | '.' | ' ' | "'" | '’'
  readonly point: '.' | ','
  /** What the page divides by: 100 where the data has cents, 0.01 where it shows a fraction as a percentage, 2.54 for inches. */
  readonly per: number
  /** What it adds then: 32 for degrees Fahrenheit. */
  readonly plus?: 32 | undefined
  /** How a page marks what is less than nothing; absent until one has shown it. */
  readonly negative?: NegativeForm | undefined
}

/** `$-3.00`, `-$3.00`, `$−3.00` and `−$3.00` with the mark of mathematics, `($3.00)`, `$(3.00)`, `3.00-`. */
export type NegativeForm = (typeof NEGATIVE_FORMS)[number]
export const NEGATIVE_FORMS = ['-', 'front -', '−', 'front −', 'front ()', '()', 'back -'] as const

/** Languages whose short forms of numbers are known: `1.2K`, `3,4 Mio.`. */
export const COMPACT_LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'tr', 'ja'] as const

/** A number in short, as `Intl` writes it. */
export interface CompactFormat {
  readonly as: 'compact'
  readonly before: string
  readonly after: string
  readonly language: (typeof COMPACT_LANGUAGES)[number]
  /** At most so many; null: as the language has it, which is two digits. */
  readonly decimals: 0 | 1 | 2 | null
}

/** The forms of dates that are known: `d` and `m` with as many digits as they have, `dd` and `mm` with two, `mon` with three letters. */
export type DateForm =
  | 'y-m-d'
  | 'dd.mm.y'
  | 'd.m.y'
  | 'dd/mm/y'
  | 'd/m/y'
  | 'mm/dd/y'
  | 'm/d/y'
  | 'd month y'
  | 'month d, y'
  | 'd mon y'
  | 'mon d, y'
  | `${DateLanguage} ${DateStyle}`

/** Languages whose dates are known as `Intl` writes them, beside the forms above. */
export type DateLanguage = (typeof DATE_LANGUAGES)[number]
export const DATE_LANGUAGES = [
  'en-GB',
  'en-US',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'pl',
  'sv',
  'da',
  'nb',
  'fi',
  'cs',
  'tr',
  'ja',
] as const

/** A month by its name, long or short; the day with as many digits as it has, or with two; with the day of the week before it, or without. */
export type DateStyle = (typeof DATE_STYLES)[number]
export const DATE_STYLES = [
  'd long',
  'd short',
  'dd long',
  'dd short',
  'long d long',
  'long d short',
  'long dd long',
  'long dd short',
  'short d long',
  'short d short',
  'short dd long',
  'short dd short',
] as const

/** How a date is written; the day is the one that the data names, in UTC where it names a time. */
export interface DateFormat {
  readonly as: 'date'
  readonly before: string
  readonly after: string
  readonly form: DateForm
  /**
   * The earliest and the latest minute of a day, in UTC, of the times whose day the page showed so: in another time zone a time beyond
   * them can be of another day. Absent for dates without a time.
   */
  readonly minutes?: readonly [first: number, last: number] | undefined
}

/**
 * How a page writes a value of its data: as it is with white space collapsed, without its mark-up, as a number (also in short) or as a date, with
 * the same text before and after it. What a format makes is what the page shows, to the character.
 */
export type ValueFormat =
  | { readonly as: 'text'; readonly before: string; readonly after: string }
  | { readonly as: 'html' }
  | NumberFormat
  | CompactFormat
  | DateFormat

/** Which pages a data route is for: parts that are null can be anything. */
export interface PagePattern {
  readonly origin: string
  readonly path: readonly (string | null)[]
  /** By name, in the order of names. */
  readonly query: readonly (readonly [name: string, value: string | null])[]
  readonly fragment: readonly (string | null)[]
}

/** A value of a request that is another one for each page. */
export interface DataPart {
  /** `path`, `query`, `form` or `body`, and where in it. */
  readonly place: readonly (string | number)[]
  readonly from: PartSource
  readonly before: string
  readonly after: string
  /** What is done to a number: one less, one more, or times the size of a page of a list. */
  readonly count: 'same' | 'less-one' | 'plus-one' | { readonly times: number; readonly less: 0 | 1 }
  readonly isNumber: boolean
}

/** A request that brings data, as it was for one page, and what of it is other for another one. */
export interface DataRequest {
  /** Whether it is the page itself, over HTTP: then nothing else says what it is. */
  readonly isPage: boolean
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly parts: readonly DataPart[]
  /** Whether it was answered after a redirect. */
  readonly redirected: boolean
}

/** Where a field is in the answers, and how the page writes it. */
export interface DataReading {
  /** The number of the request. */
  readonly request: number
  /** Which data of its answer: empty for a JSON body, `html` for what the field's selector finds, else what holds it. */
  readonly document: string
  readonly path: JsonPath
  readonly format: ValueFormat
}

/** A field that was proven: every reading gave what the page showed, each time. */
export interface DataField {
  readonly name: string
  readonly readings: readonly DataReading[]
  /** The names of the members beside it, in every answer until now. */
  readonly beside: readonly string[]
  /** Whether the page was seen without it, where the data lacked it. */
  readonly mayLack: boolean
  /** What the page shows where the data has nothing. */
  readonly blanks?: readonly FieldBlank[] | undefined
}

/** What a page shows where its data has nothing, such as `n/a`. It counts once two pages have shown it. */
export interface FieldBlank {
  /** What the data has in place of a value. */
  readonly of: 'missing' | 'null' | 'empty'
  readonly text: string
  /** Digests of the pages that showed it. */
  readonly pages: readonly string[]
}

/** A place in an answer that holds a part of the page's URL, in every answer until now: it says which page the answer is of. */
export interface DataMark {
  /** The number of the request. */
  readonly request: number
  readonly document: string
  readonly path: JsonPath
  readonly is: PageSource
}

/** How the fields of pages of one pattern are read from data, proven on two pages. By origin, fields and pattern. */
export interface DataRoute {
  readonly pattern: PagePattern
  readonly requests: readonly DataRequest[]
  readonly fields: readonly DataField[]
  readonly marks?: readonly DataMark[] | undefined
  /** What pages have proven of it so far. */
  readonly evidence?: RouteEvidence | undefined
  /** Epoch milliseconds. */
  readonly learnedAt: number
  /** Epoch milliseconds; afterwards it is learned again. */
  readonly until: number
  /** When a page was found to show something else, in epoch milliseconds: nobody uses it, and whoever did gets to know. */
  readonly wrongAt?: number | undefined
}
