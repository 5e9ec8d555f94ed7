import { findEmails } from './find-emails.ts'
import { findIps } from './find-ips.ts'
import { PhoneFinder } from './find-phones.ts'
import type { PersonalKind, Span } from './span.ts'

export interface RedactorOptions {
  readonly kinds: readonly PersonalKind[]
  /** The country whose national phone numbers are found beside international ones. */
  readonly phoneRegion?: string | undefined
  /** The text is JSON: a bare number that goes becomes `null`, so that it stays JSON. */
  readonly json: boolean
}

/** What cannot be within an address or a number, so that a text can be cut there. */
const BREAK = /["<>,\n\r\t{}[\]=!?|^`~*$]/
/** A text without such a place is cut somewhere once it is so long. */
const MAX_HELD = 16 * 1024
/** More than the longest thing that is looked for. */
const OVERLAP = 512
/** How much of what went before is looked at again, to tell whether something begins here or went on. */
const CONTEXT = 80

const REPLACEMENTS: Readonly<Record<PersonalKind, string>> = {
  email: '[redacted-email]',
  phone: '[redacted-phone]',
  ip: '[redacted-ip]',
}

/**
 * Cuts personal data out of a text that comes in pieces, wherever the pieces begin and end. Linear in the text; holds up to
 * 16 KiB of it.
 *
 * The text is one char a byte, in any encoding that contains ASCII (UTF-8, ISO 8859, Windows-125x and most others): nothing
 * has to be decoded, and what is not cut out stays as it was.
 */
export class PersonalRedactor {
  readonly counts: Record<PersonalKind, number> = { email: 0, phone: 0, ip: 0 }
  readonly #options: RedactorOptions
  readonly #kinds: ReadonlySet<PersonalKind>
  readonly #phones: PhoneFinder
  #context = ''
  #held = ''

  constructor(options: RedactorOptions) {
    this.#options = options
    this.#kinds = new Set(options.kinds)
    this.#phones = new PhoneFinder(options.phoneRegion)
  }

  /** Takes a piece, and returns what can be let go. */
  write(piece: string): string {
    this.#held += piece
    // What has been looked at before and found without a break is not looked at again.
    const cut = lastBreak(this.#held, this.#held.length - piece.length)
    if (cut > 0) return this.#release(cut)
    return this.#held.length > MAX_HELD ? this.#release(this.#held.length - OVERLAP) : ''
  }

  /** Returns what is left, at the end of the text. */
  end(): string {
    return this.#release(this.#held.length)
  }

  /** Redacts up to a place, or up to the end of what lies across it. */
  #release(upTo: number): string {
    const before = this.#context.length
    const text = this.#context + this.#held
    let out = ''
    let at = before
    let end = before + upTo
    for (const span of this.#find(text)) {
      if (span.start < at || span.start >= end) continue
      out += text.slice(at, span.start) + this.#replacement(span, text)
      this.counts[span.kind]++
      at = span.end
      end = Math.max(end, at)
    }
    out += text.slice(at, end)
    this.#context = text.slice(Math.max(0, end - CONTEXT), end)
    this.#held = text.slice(end)
    return out
  }

  /** In order; of two that overlap the one that begins first. */
  #find(text: string): Span[] {
    const spans: Span[] = []
    if (this.#kinds.has('email')) spans.push(...findEmails(text))
    if (this.#kinds.has('ip')) spans.push(...findIps(text))
    if (this.#kinds.has('phone')) spans.push(...this.#phones.find(text))
    return spans.sort((a, b) => a.start - b.start || b.end - a.end)
  }

  #replacement({ start, end, kind }: Span, text: string): string {
    const bare =
      this.#options.json && kind === 'phone' && /[:,[]\s*$/.test(text.slice(Math.max(0, start - 16), start))
    return bare && /^\s*[,}\]]/.test(text.slice(end, end + 16)) ? 'null' : REPLACEMENTS[kind]
  }
}

/** The end of the last char that nothing goes across, at or after `from`; 0 when there is none. */
function lastBreak(text: string, from: number): number {
  for (let at = text.length - 1; at >= from; at--) if (BREAK.test(text[at] as string)) return at + 1
  return 0
}
