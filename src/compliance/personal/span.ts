/** A kind of personal data that is recognised by its form. */
export type PersonalKind = 'email' | 'phone' | 'ip'

/** A piece of a text, from a place up to another one. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly kind: PersonalKind
}
