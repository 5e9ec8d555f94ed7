/** The kit as users have it, on this repository's test runner, and what other tests of stores share with it. */
import { describe, it } from 'vitest'
import { type StoreKitPlace, storeKit } from '../../../src/store-kit/index.ts'

export { someSession, values } from '../../../src/store-kit/cases.ts'

export function runKit(name: string, open: () => Promise<StoreKitPlace>): void {
  storeKit({ name, open, describe, it })
}
