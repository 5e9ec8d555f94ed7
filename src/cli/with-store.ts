import type { BrokerWarning } from '../client/index.ts'
import {
  openStore,
  type SessionKey,
  type Store,
  type StoredChanges,
  type Unreadable,
} from '../store/index.ts'
import { CommandError } from './exit-codes.ts'
import type { Messages } from './messages.ts'
import { nearest } from './nearest.ts'

export interface StoreFlags {
  readonly store?: string | undefined
  readonly tenant?: string | undefined
}

/**
 * Opens the store that the flags name for some work. What in it cannot be used is said, once each.
 *
 * @param unreadable - `refuse` where a part of a session is worse than none of it
 * @throws OnejarError those of `openStore`; ONEJAR_STORE_CORRUPT when the store is sealed with other keys
 */
export async function withStore<T>(
  { store: target }: StoreFlags,
  messages: Messages,
  work: (store: Store) => Promise<T>,
  unreadable: Unreadable = 'refuse-store',
): Promise<T> {
  const onProblem = ({ reason, payloadHash }: { readonly reason: string; readonly payloadHash: string }) => {
    const which = payloadHash === '' ? 'what is in it' : `the entry ${payloadHash}`
    messages.say(`onejar: the store: ${which} cannot be used (${reason})`)
  }
  await using store = await openStore(target === undefined ? {} : { target }, {
    onProblem,
    unreadable,
  })
  return await work(store)
}

/**
 * What the brokers of commands work with: who names a session is not to go on with an empty one because its keys are missing.
 */
export const NAMED_SESSIONS = { unreadable: 'refuse' } as const

/** Says what a broker warns of. */
export function warnOf(messages: Messages): (warning: BrokerWarning) => void {
  return (warning) => {
    const { type, state, reason } = warning
    const hash = type === 'store' && warning.payloadHash ? ` ${warning.payloadHash}` : ''
    // An alert is also the error that the command ends with.
    if (state !== 'back' && type !== 'alert' && !messages.silent)
      messages.say(`onejar: the ${type}: ${reason}${hash}`)
  }
}

/** The session that a word and the flags name. */
export function sessionKey(id: string, { tenant = 'default' }: StoreFlags): SessionKey {
  return { tenant, id }
}

/**
 * Everything that the store has of a session.
 *
 * @throws CommandError when there is none; it names the nearest one
 */
export async function loadStored(store: Store, session: SessionKey): Promise<StoredChanges> {
  const stored = await store.load(session)
  if (stored.version === '') throw await noSuchSession(store, session)
  return stored
}

/** The error for a session that is not in the store. */
export async function noSuchSession(store: Store, { tenant, id }: SessionKey): Promise<CommandError> {
  const ids: string[] = []
  for await (const { session } of store.list({ tenant })) ids.push(session.id)
  const near = nearest(id, ids)
  const hint = near === undefined ? 'onejar sessions ls shows what there is' : `did you mean ${near}?`
  const whose = tenant === 'default' ? '' : ` of tenant ${tenant}`
  return new CommandError(`There is no session ${id}${whose} in the store; ${hint}`)
}
