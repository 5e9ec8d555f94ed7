import type { BrokerOptions } from '../client/index.ts'

/** What `--allow-address` says, given any number of times: `any`, `public`, or what may be reached beside public addresses. */
export function allowedAddresses(given: readonly string[] | undefined): Pick<BrokerOptions, 'addresses'> {
  if (given === undefined) return {}
  if (given.includes('any')) return { addresses: 'any' }
  const allow = given.filter((word) => word !== 'public')
  return { addresses: allow.length === 0 ? 'public' : { allow } }
}
