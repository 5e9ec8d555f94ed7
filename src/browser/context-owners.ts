import type { BrowserContext } from 'playwright'
import { OnejarError } from '../core/index.ts'

/** Who a context belongs to: a session that made it, or one that it was attached to. */
export type ContextOwner = 'made here' | 'attached'

const owners = new WeakMap<BrowserContext, ContextOwner>()
/** The browsers' ids of contexts that are attached: over two connections one context is two objects. */
const attachedIds = new Set<string>()

/**
 * Takes a context for a session: two that write to it would take each other's writes for those of its pages.
 *
 * @returns gives it back
 * @throws OnejarError ONEJAR_CONTEXT_IN_USE
 */
export function ownContext(context: BrowserContext, owner: ContextOwner): () => void {
  const before = owners.get(context)
  if (before === 'attached')
    throw new OnejarError('ONEJAR_CONTEXT_IN_USE', 'The browser context is attached to a session already')
  if (before === 'made here')
    throw new OnejarError(
      'ONEJAR_CONTEXT_IN_USE',
      'The browser context was made by Onejar for a session: attach one of your own',
    )
  owners.set(context, owner)
  return () => void owners.delete(context)
}

/** The same for the context itself, however it was reached. */
export function ownContextId(browserContextId: string): () => void {
  if (attachedIds.has(browserContextId))
    throw new OnejarError('ONEJAR_CONTEXT_IN_USE', 'The browser context is attached to a session already')
  attachedIds.add(browserContextId)
  return () => void attachedIds.delete(browserContextId)
}
