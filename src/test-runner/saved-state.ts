import { readFile } from 'node:fs/promises'
import type { BrowserContextOptions } from '@playwright/test'
import { savedDatabases } from '../browser/index.ts'
import { internalsOf, type Session } from '../client/index.ts'

/** Playwright's option: a file, or what it holds. */
export type StorageState = BrowserContextOptions['storageState']

const seeds = new WeakSet<object>()

/**
 * Takes the project's storage state into a session that is new. One that the store knows has newer things: tokens of a file
 * would have been spent long ago.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT; what reading the file throws
 */
export async function adoptState(session: Session, state: StorageState): Promise<void> {
  if (state === undefined || session.stored) return
  if (typeof state === 'string') await session.import(await readFile(state), 'playwright')
  else if (!seeds.has(state)) await session.import(state, 'playwright')
}

/** What a new context has to start with, because nothing can give it later: databases. */
export function seedOf(session: Session): StorageState {
  const seed = savedDatabases(internalsOf(session).record) as StorageState
  if (typeof seed === 'object') seeds.add(seed)
  return seed
}
