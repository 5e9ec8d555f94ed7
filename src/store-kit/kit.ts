import { type StoreKitPlace, storeCases } from './cases.ts'

/** What the kit needs of a test runner: vitest, jest, mocha and `node:test` have it. */
export interface StoreKitOptions {
  /** What the store is made of, for the heading. */
  readonly name: string
  /** Makes an empty place; called once for each case. */
  readonly open: () => Promise<StoreKitPlace>
  readonly describe: (name: string, suite: () => void) => unknown
  readonly it: (name: string, test: () => Promise<void>) => unknown
}

/**
 * Registers the cases with a test runner. A case takes up to 20 s where changes of other processes are found by polling: give the
 * runner a limit that is above it.
 *
 * @example
 * import { describe, it } from 'node:test'
 * import { storeKit } from 'onejar/store-kit'
 *
 * storeKit({ name: 'my database', describe, it, open: async () => ({ store: myStore({ table: 'test' }) }) })
 */
export function storeKit({ name, open, describe, it }: StoreKitOptions): void {
  describe(`the store kit: ${name}`, () => {
    for (const { name: what, run } of storeCases(open)) it(what, run)
  })
}
