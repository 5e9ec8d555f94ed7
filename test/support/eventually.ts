import { vi } from 'vitest'

/** Longer than anything that is waited for takes on a busy machine: it ends a test whose wait is in vain. */
const IN_VAIN_MS = 60_000

/** Resolves with what `check` returns, as soon as it throws no more. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: IN_VAIN_MS, interval: 20 })
}
