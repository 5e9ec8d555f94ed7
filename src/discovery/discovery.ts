import type { Paging } from './paging.ts'

/** A header that a data request needs, and what gives it. */
export interface RequestHeaderFrom {
  /** Lower case. */
  readonly name: string
  /** Null where it is a secret: it is not shown. */
  readonly value: string | null
  /** `constant`: the same each time; `binding`: a token binding of the session gives it; `script`: only the page's script has it. */
  readonly from: 'constant' | 'binding' | 'script'
  /** For people: which binding, and where it takes the value from. */
  readonly source: string | null
}

/** Where a text that is wanted is in an answer. */
export interface DiscoveredField {
  /** The name of the field, or the text that is wanted. */
  readonly want: string
  /** Which data of the answer: empty for a JSON body, `html` for the document itself, else what holds it: `script#__NEXT_DATA__`. */
  readonly document: string
  /** `$.items[0].price`; a selector for `html`. */
  readonly path: string
  /** How the page writes the value: `text`, `html`, `number` or `date`, with what is before and after it. */
  readonly format: string
}

/** A request of a page whose answer holds what is wanted. */
export interface DiscoveredRequest {
  /** `GET`, `HEAD` or `POST`. */
  readonly method: string
  /** A template: `https://shop.example/api/products/{path[1]}`. Secrets are `$NAME`. */
  readonly url: string
  /** The operation, where it is GraphQL and says its name. */
  readonly operation: string | null
  /** What of the wanted is in its answer, and where: the plainest place of each. */
  readonly fields: readonly DiscoveredField[]
  /** Which parts of the request come from where: the page's URL, or an earlier answer. */
  readonly parameters: readonly { readonly place: string; readonly from: string }[]
  /** The headers that the page's script gave it, and what gives them without the page. */
  readonly headers: readonly RequestHeaderFrom[]
  /** How the next page of a list is asked for; null where nothing shows that there is one. */
  readonly paging: Paging | null
  /** Whether HTTP can ask for it without the page, as far as one look shows. */
  readonly replayable: boolean
  /** Why not; null where it can. */
  readonly why: string | null
  /** 0 to 100, the best first. */
  readonly score: number
  /** Why it has this rank, a sentence each. */
  readonly reasons: readonly string[]
  /** A program that makes the request on the session; null where HTTP cannot. No secret is in it. */
  readonly typescript: string | null
  /** The same as a line of a shell: with curl alone, or with `onejar curl` where it needs what the session keeps. */
  readonly curl: string | null
}

/** What `session.discover()` found. */
export interface Discovery {
  /** The page, without its query and fragment. */
  readonly url: string
  /** The requests that hold what is wanted, the best first. */
  readonly requests: readonly DiscoveredRequest[]
  /** What is wanted and no answer holds. */
  readonly missing: readonly string[]
  /** How many requests of the page were seen. */
  readonly seen: number
  /** How many of them were not looked into, as they were too many or too large. */
  readonly left: number
  /** Requests that were not looked into, as they may change something: method, origin and path. */
  readonly writes: readonly string[]
}
