/** What the doctor found of one part. */
export interface Finding {
  readonly part: string
  /** `ok`; `note`: it works without; `wrong`: something needed is missing or broken. */
  readonly state: 'ok' | 'note' | 'wrong'
  /** In a sentence, without secrets. */
  readonly found: string
  /** What to do about it. */
  readonly fix?: string
  /** The same for programs. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>
}
