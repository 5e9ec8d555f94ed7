import type { BrokerDependencies } from '../services/index.ts'
import type { Broker } from './broker.ts'
import type { BrokerOptions } from './options/broker-options.ts'

/**
 * Opens a broker, which owns sessions, the browser and the store. Opening costs no network and no browser.
 *
 * @example
 * ```ts
 * await using broker = await openBroker()
 * const session = await broker.session('alice')
 * const response = await session.fetch('https://shop.example/')
 * ```
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT,
 * ONEJAR_AUDIT_FAILED
 */
export async function openBroker(
  options: BrokerOptions = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  // Loaded here: who imports the package for its types, its errors or `classify` does not pay for HTTP and stores.
  const { createBroker } = await import('./broker.ts')
  return createBroker(options, dependencies)
}
