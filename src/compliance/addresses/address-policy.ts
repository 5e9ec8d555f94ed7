import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { type Cidr, ipBytes, isWithinCidr, parseCidr, withoutMapping } from './ip-address.ts'
import { isPublicAddress } from './public-address.ts'

/** Names that are never those of a public site (RFC 6761, 6762, 8375, and ICANN's `.internal`). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|localdomain|lan|intranet|home\.arpa)$/

interface Allowed {
  readonly cidr: Cidr | null
  /** Host name; with a dot before it for what is beneath it. */
  readonly name: string | null
  readonly port: number | null
}

const allowed = z
  .string()
  .min(1)
  .max(300)
  .refine(
    (text) => parseAllowed(text) !== null,
    'expected an address, a CIDR block or a host, with or without :PORT',
  )

/** Which addresses may be connected to. */
export const addressesSchema = z.union([
  z.enum(['public', 'any']),
  z.strictObject({
    /**
     * What may be reached beside public addresses: `10.1.0.0/16`, `127.0.0.1/32:8080`, `[fd00::1]:443`, `intranet.example`
     * (whatever it resolves to), `*.corp.example`.
     */
    allow: z.array(allowed).max(10_000),
  }),
])

/**
 * Which addresses may be connected to: `any`, `public` (none of this machine, its networks or its cloud), or `{ allow }`:
 * the public ones and those that the list names.
 */
export type AddressSetting = z.input<typeof addressesSchema>

/** What a connection may go to. */
export interface AddressPolicy {
  /** Nothing is looked at. */
  readonly any: boolean
  /** Whether a connection to this address may be made, for a host that resolved to it. */
  admits(address: string, host: string, port: number): boolean
  /** The same when a proxy resolves the name: only addresses, and names that no public site has, can be judged. */
  admitsUnresolved(host: string, port: number): boolean
}

export const ANY_ADDRESS: AddressPolicy = { any: true, admits: () => true, admitsUnresolved: () => true }

/** What all of the settings let through. */
export function addressPolicy(...settings: readonly AddressSetting[]): AddressPolicy {
  const policies = settings.filter((setting) => setting !== 'any').map(policyOf)
  const [first] = policies
  if (first === undefined) return ANY_ADDRESS
  if (policies.length === 1) return first
  return {
    any: false,
    admits: (address, host, port) => policies.every((policy) => policy.admits(address, host, port)),
    admitsUnresolved: (host, port) => policies.every((policy) => policy.admitsUnresolved(host, port)),
  }
}

/** One setting for several that hold together, for somebody else: of two lists it has what is in both, word for word. */
export function narrowestAddresses(...settings: readonly AddressSetting[]): AddressSetting {
  return settings.reduce((first, second) => {
    if (first === 'any') return second
    if (second === 'any') return first
    if (first === 'public' || second === 'public') return 'public'
    return { allow: first.allow.filter((entry) => second.allow.includes(entry)) }
  }, 'any')
}

function policyOf(setting: Exclude<AddressSetting, 'any'>): AddressPolicy {
  const list = setting === 'public' ? [] : setting.allow.flatMap((text) => parseAllowed(text) ?? [])
  const names = list.filter(({ name }) => name !== null)
  const blocks = list.filter(({ cidr }) => cidr !== null)
  const admitsName = (host: string, port: number) =>
    names.some((entry) => isPort(entry, port) && isNamed(host, entry.name as string))
  const admitsAddress = (address: string, port: number) => {
    const bytes = ipBytes(address)
    if (bytes === null) return false
    if (isPublicAddress(bytes)) return true
    return blocks.some(
      (entry) => isPort(entry, port) && isWithinCidr(withoutMapping(bytes), entry.cidr as Cidr),
    )
  }
  return {
    any: false,
    admits: (address, host, port) => admitsAddress(address, port) || admitsName(plain(host), port),
    admitsUnresolved(host, port) {
      const name = plain(host)
      if (ipBytes(name) !== null) return admitsAddress(name, port)
      return admitsName(name, port) || (name.includes('.') && !LOCAL_NAME.test(name))
    },
  }
}

function isPort({ port }: Allowed, asked: number): boolean {
  return port === null || port === asked
}

function isNamed(host: string, name: string): boolean {
  return name.startsWith('.') ? host.endsWith(name) : host === name
}

/** Without brackets and the dot at the end, in lower case. */
function plain(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|\.$/g, '')
}

function parseAllowed(text: string): Allowed | null {
  const block = parseCidr(text)
  if (block !== null) return { cidr: unmapped(block), name: null, port: null }
  const match = /^(.*?):(\d{1,5})$/.exec(text)
  const port = match === null ? null : Number(match[2])
  if (port !== null && (port === 0 || port > 65_535)) return null
  const rest = match?.[1] ?? text
  const withPort = parseCidr(rest)
  if (withPort !== null) {
    // An IPv6 address needs brackets before a port, or it could be read in two ways.
    return rest.includes(':') && !/^\[.*\]/.test(rest) ? null : { cidr: unmapped(withPort), name: null, port }
  }
  // What follows a host in a URL would be left out in silence: a whole host would be open in place of a block or a path.
  if (/[/?#\\@]/.test(rest)) return null
  const beneath = rest.startsWith('*.')
  const name = domainToASCII(beneath ? rest.slice(2) : rest).replace(/\.$/, '')
  if (!/^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(name) || /^[\d.]+$/.test(name)) return null
  return { cidr: null, name: beneath ? `.${name}` : name, port }
}

function unmapped({ bytes, bits }: Cidr): Cidr {
  const plainBytes = withoutMapping(bytes)
  return plainBytes.length === bytes.length || bits < 96
    ? { bytes, bits }
    : { bytes: plainBytes, bits: bits - 96 }
}
