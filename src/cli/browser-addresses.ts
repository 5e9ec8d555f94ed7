import type { BrokerOptions } from '../client/index.ts'

/**
 * The browsers at these DevTools addresses. Of several each is rented once at a time: the one that was given back longest ago first, so
 * that one which failed comes last.
 */
export function browserAddresses(
  addresses: readonly string[],
): Exclude<BrokerOptions['browser'], false | undefined> {
  const [first, ...more] = addresses
  if (first === undefined) return {}
  if (more.length === 0) return { cdpEndpoint: first }
  const free = [...addresses]
  return {
    maxEndpoints: addresses.length,
    endpoint: async () => {
      const url = free.shift()
      if (url === undefined) throw new Error('Every browser is in use')
      return { url, release: () => free.push(url) }
    },
  }
}
