/**
 * What pages have proven of a route so far: in which kinds of values, of which sizes, and what all answers had in common. An answer that is
 * beyond that is one where the page may show something else. Names and values are digests.
 */
export interface RouteEvidence {
  /** Kinds of values that a page was looked at with: digests of what is of that kind, and of the kind. */
  readonly seen: readonly string[]
  /** The largest of each that a page was looked at with, and how often that has grown. */
  readonly sizes: readonly (readonly [subject: string, largest: number, grown: number])[]
  /** What was so in each answer that a page was looked at with: once it is not, a page is looked at. */
  readonly claims: readonly string[]
  /** Where the page was seen to show something else: it is asked each time. */
  readonly apart: readonly string[]
  /** Pages that were looked at for what stands around the fields. */
  readonly looks: number
  /** What the session held when a page was last looked at. */
  readonly caller?: CallerEvidence | undefined
}

/** Digests of cookies and items of storage, by which a process sees that the session is no longer who it was. */
export interface CallerEvidence {
  /** By name. */
  readonly held: readonly (readonly [name: string, value: string])[]
  /** How often each has changed while pages showed the same. */
  readonly idle: readonly (readonly [name: string, times: number])[]
}
