import { type StoreKitPlace, storeCases } from './cases.ts'

/** Options of `storeKit()`. `describe` and `it` are those of vitest, jest, mocha or `node:test`. */
export interface StoreKitOptions {
  /** The name of the store, for the heading. */
  readonly name: string
  /** Makes an empty place for the sessions of one case. Called once for each case. */
  readonly open: () => Promise<StoreKitPlace>
  /** The runner's function that groups tests. */
  readonly describe: (name: string, suite: () => void) => unknown
  /** The runner's function that registers one test. */
  readonly it: (name: string, test: () => Promise<void>) => unknown
}

/**
 * Registers the cases with a test runner. A case takes up to 20 seconds with a store that polls for the changes of other
 * processes: set the runner's time limit above that.
 *
 * @example
 * ```ts
 * import { randomUUID } from 'node:crypto'
 * import { describe, it } from 'node:test'
 * import { storeKit } from 'onejar/store-kit'
 *
 * // `store` is your StoreProvider; here it is Onejar's own store in a new file for each case.
 * const open = async () => ({ store: `sqlite:kit-${randomUUID()}.db` })
 * storeKit({ name: 'my database', describe, it, open })
 * ```
 */
export function storeKit({ name, open, describe, it }: StoreKitOptions): void {
  describe(`the store kit: ${name}`, () => {
    for (const { name: what, run } of storeCases(open)) it(what, run)
  })
}
