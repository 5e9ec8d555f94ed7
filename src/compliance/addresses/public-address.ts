import { type Cidr, isWithinCidr, parseCidr, withoutMapping } from './ip-address.ts'

/** Addresses that are not public on the internet (IANA's registries of special purpose addresses), and those that clouds use internally. */
const NOT_PUBLIC_V4 = cidrs(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Azure's own address for its machines; those of the others are within the blocks above and below.
  '168.63.129.16/32',
)

/** Of IPv6 only this is given out: loopback, private, link-local and multicast addresses are outside of it. */
const GLOBAL_V6 = cidrs('2000::/3')
const NOT_PUBLIC_V6 = cidrs('2001::/23', '2001:db8::/32', '3fff::/20')

/** IPv6 addresses that lead to the IPv4 address in them, with where it stands: NAT64 and 6to4. */
const EMBEDDED: readonly (readonly [Cidr, number])[] = [
  [parseCidr('64:ff9b::/96') as Cidr, 12],
  [parseCidr('2002::/16') as Cidr, 2],
]

/**
 * Whether an address is one of the public internet: not of this machine, its networks, its cloud's metadata, a group or nobody.
 * An IPv4 address within an IPv6 one counts as itself.
 */
export function isPublicAddress(address: Uint8Array): boolean {
  const bytes = withoutMapping(address)
  if (bytes.length === 4) return !isWithinAny(bytes, NOT_PUBLIC_V4)
  for (const [block, at] of EMBEDDED) {
    if (isWithinCidr(bytes, block)) return isPublicAddress(bytes.subarray(at, at + 4))
  }
  if (!isWithinAny(bytes, GLOBAL_V6) || isWithinAny(bytes, NOT_PUBLIC_V6)) return false
  return !isIsatap(bytes) || isPublicAddress(bytes.subarray(12))
}

/** The second half of such an address is 0:5efe and an IPv4 address (RFC 5214). */
function isIsatap(bytes: Uint8Array): boolean {
  return ((bytes[8] as number) & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}

function isWithinAny(bytes: Uint8Array, blocks: readonly Cidr[]): boolean {
  return blocks.some((block) => isWithinCidr(bytes, block))
}

function cidrs(...texts: string[]): readonly Cidr[] {
  return texts.map((text) => parseCidr(text) as Cidr)
}
