import type { Redis } from 'ioredis'
import { growingPause, onDemand, redisPassword } from '../core/index.ts'

const ioredis = onDemand<typeof import('ioredis')>('ioredis')

const RECONNECT_PAUSE = { firstMs: 100, longestMs: 1_000 }

/**
 * A connection as BullMQ wants it. Callers fail at once while it is away (a request can wait for nothing longer than its own
 * time), workers wait until it is back.
 */
export function queueConnection(url: string, role: 'caller' | 'worker'): Redis {
  const password = redisPassword()
  const connection = new (ioredis().Redis)(url, {
    // That of the URL takes precedence.
    ...(password === undefined ? {} : { password }),
    maxRetriesPerRequest: null,
    enableOfflineQueue: role === 'worker',
    retryStrategy: (attempt) => growingPause(RECONNECT_PAUSE, attempt),
    lazyConnect: true,
  })
  // Every failure reaches the call that met it; without a listener the process would end.
  connection.on('error', () => {})
  endCopiesWith(connection)
  return connection
}

/** BullMQ reads over copies of a connection, and leaves one that never reached its server trying for ever. */
function endCopiesWith(connection: Redis): void {
  const copies: Redis[] = []
  const duplicate = connection.duplicate.bind(connection)
  connection.duplicate = (...options) => {
    const copy = duplicate(...options)
    copy.on('error', () => {})
    copies.push(copy)
    return copy
  }
  const disconnect = connection.disconnect.bind(connection)
  connection.disconnect = (reconnect) => {
    disconnect(reconnect)
    if (reconnect !== true) for (const copy of copies) copy.disconnect()
  }
}
