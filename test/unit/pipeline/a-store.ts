import type { SessionPersistence } from '../../../src/services/index.ts'
import type { Store } from '../../../src/store/index.ts'

/** The locks of a store that one process has to itself, and what a session asked of its persistence. */
export function aStore() {
  const held = new Set<string>()
  const asked: string[] = []
  const store = {
    async acquireLock(_session: unknown, purpose: string) {
      if (held.has(purpose)) return null
      held.add(purpose)
      return { extend: async () => true, release: async () => void held.delete(purpose) }
    },
  } as unknown as Store
  const persistence = {
    catchUp: async () => void asked.push('catch up'),
    flush: async () => void asked.push('flush'),
  } as unknown as SessionPersistence
  return { store, persistence, held, asked, session: { tenant: 'default', id: 'anna' } }
}
