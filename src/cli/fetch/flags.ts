import type { Values } from '../options/option.ts'
import type { FETCH_OPTIONS } from '../specs/fetch-options.ts'

/** What the flags of `onejar fetch` ask for. */
export type FetchFlags = Values<typeof FETCH_OPTIONS>
