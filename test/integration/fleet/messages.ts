import type { Contents } from './contents.ts'

/** One write, as the process that made it tells it before it does anything else. */
export interface Written {
  readonly type: 'written'
  readonly session: string
  /** Tells apart the objects that stood for the session, one after the other, in that process. */
  readonly instance: number
  readonly number: number
  readonly key: string
  /** Unique; null for a deletion of something that was there. */
  readonly value: string | null
  /** Epoch milliseconds just before and just after. */
  readonly from: number
  readonly to: number
}

/** All writes of an instance up to this number were acknowledged. */
export interface Flushed {
  readonly type: 'flushed'
  readonly instance: number
  readonly number: number
}

/** What a process of the fleet says. */
export type FleetMessage =
  | Written
  | Flushed
  | { readonly type: 'ready' | 'settled' }
  | { readonly type: 'contents'; readonly sessions: Readonly<Record<string, Contents>> }
  | { readonly type: 'failed'; readonly reason: string }
