import type { CountryCode } from 'libphonenumber-js/min'
import { onDemand } from '../../core/index.ts'
import type { Span } from './span.ts'

const phones = onDemand<typeof import('libphonenumber-js/min')>('libphonenumber-js/min')

/** Digits with what people put between them; the bytes are no-break spaces and dashes in UTF-8. */
const RUN = /[+(]?\d(?:[\d ().\-/]|\xc2\xa0|\xe2\x80[\x90-\x95\xaf])*/g
const WIDE = /\xc2\xa0|\xe2\x80[\x90-\x95\xaf]/g
const INTERNATIONAL = /\+|(?<!\d)00(?=[1-9])/g
/** E.164 has 15 digits at most; as many signs between them are a lot. */
const MAX_NUMBER = 32
const MIN_DIGITS = 7

/** Looking a number up costs some hundred microseconds: whoever floods a text with numbers has them cut out unseen. */
const MAX_LOOKUPS = 2_000

/** Whether national numbers of a country can be recognised: two capital letters that the library knows. */
export function isPhoneRegion(region: string): boolean {
  return phones().isSupportedCountry(region)
}

/** Finds phone numbers, text by text; how many it looks up is bounded over all of them. */
export class PhoneFinder {
  readonly #region: CountryCode | undefined
  #lookups = 0

  /** @param region - the country whose national numbers are found beside international ones (`DE`) */
  constructor(region: string | undefined) {
    this.#region = region as CountryCode | undefined
  }

  find(text: string): Span[] {
    const found: Span[] = []
    for (const { 0: raw, index } of text.matchAll(RUN)) {
      if (raw.length < MIN_DIGITS) continue
      const run = raw.replace(WIDE, (wide) => ' '.repeat(wide.length))
      const spans = this.#international(run)
      if (this.#region !== undefined && spans.length === 0)
        spans.push(...this.#national(run, text[index - 1]))
      for (const { start, end } of spans)
        found.push({ start: index + start, end: index + end, kind: 'phone' })
    }
    return found
  }

  #international(run: string): { start: number; end: number }[] {
    const found: { start: number; end: number }[] = []
    let done = 0
    for (const { 0: prefix, index } of run.matchAll(INTERNATIONAL)) {
      if (index < done) continue
      const from = index + prefix.length
      const next = run.indexOf('+', from)
      const rest = run.slice(from, Math.min(from + MAX_NUMBER, next < 0 ? run.length : next))
      const span = this.#look(`+${rest}`, undefined)[0]
      if (span?.start !== 0) continue
      done = from + span.end - 1
      found.push({ start: index, end: done })
    }
    return found
  }

  /** Numbers that begin a run. A long run of digits is a table, and is looked at in pieces. */
  #national(run: string, before: string | undefined): { start: number; end: number }[] {
    if (/[\w.]/.test(before ?? '')) return []
    const found: { start: number; end: number }[] = []
    for (const { 0: piece, index } of run.matchAll(/\S(?: ?\S)*/g)) {
      for (let at = 0; at < piece.length; at += MAX_NUMBER) {
        for (const { start, end } of this.#look(piece.slice(at, at + MAX_NUMBER), this.#region)) {
          found.push({ start: index + at + start, end: index + at + end })
        }
      }
    }
    return found
  }

  #look(text: string, region: CountryCode | undefined): { start: number; end: number }[] {
    const digits = text.replace(/\D/g, '').length
    if (digits < MIN_DIGITS || (region !== undefined && digits > 15)) return []
    if (this.#lookups >= MAX_LOOKUPS) return [{ start: 0, end: text.trimEnd().length }]
    this.#lookups++
    const numbers = phones().findPhoneNumbersInText(
      text,
      region === undefined ? {} : { defaultCountry: region },
    )
    return numbers.map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt }))
  }
}
