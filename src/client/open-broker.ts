import { assertNode } from '../core/index.ts'
import type { BrokerDependencies } from '../services/index.ts'
import type { Broker } from './broker.ts'
import type { BrokerOptions } from './options/broker-options.ts'

/**
 * Opens a broker, which owns sessions, the browser and the store. Opening makes no connection to a site and starts no
 * browser; it opens the store (one round trip to Redis or DynamoDB, a file for SQLite).
 *
 * @param options - default: an encrypted SQLite store in the user's state folder, and the Chromium of this machine
 * @param dependencies - a clock and the like, for tests
 * @throws OnejarError ONEJAR_NODE_TOO_OLD, ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT,
 * ONEJAR_AUDIT_FAILED
 * @example
 * ```ts
 * import { openBroker } from 'onejar'
 *
 * await using broker = await openBroker({ store: 'memory' })
 * const session = await broker.session('alice')
 * const response = await session.fetch('https://example.com/')
 * console.log(response.status, await response.text())
 * ```
 */
export async function openBroker(
  options: BrokerOptions = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  assertNode()
  // Loaded here: who imports the package for its types, its errors or `classify` does not pay for HTTP and stores.
  const { createBroker } = await import('./broker.ts')
  return createBroker(options, dependencies)
}
