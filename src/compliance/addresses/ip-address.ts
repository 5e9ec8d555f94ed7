const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=.)|$)){4}$/

/** The bytes of an address, 4 or 16, as the system or a URL writes it; brackets and a zone are left out. Null for a name. */
export function ipBytes(text: string): Uint8Array | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (IPV4.test(bare)) return Uint8Array.from(bare.split('.'), Number)
  return bare.includes(':') && URL.canParse(`http://[${bare}]`) ? v6Bytes(bare) : null
}

function v6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const [head = '', tail] = text.split('::') as [string, string?]
  const front = groupBytes(head)
  bytes.set(front)
  if (tail !== undefined) {
    const back = groupBytes(tail)
    bytes.set(back, 16 - back.length)
  }
  return bytes
}

function groupBytes(groups: string): number[] {
  if (groups === '') return []
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`), which the system connects to over IPv4. */
export function withoutMapping(bytes: Uint8Array): Uint8Array {
  const mapped = bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff
  return mapped && bytes.subarray(0, 10).every((byte) => byte === 0) ? bytes.subarray(12) : bytes
}

/** A block of addresses. */
export interface Cidr {
  readonly bytes: Uint8Array
  readonly bits: number
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; null when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const [address = '', length, more] = text.replace(/^\[(.*)\]$/, '$1').split('/')
  const bytes = ipBytes(address)
  if (bytes === null || more !== undefined) return null
  const all = bytes.length * 8
  if (length === undefined) return { bytes, bits: all }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return bits <= all ? { bytes, bits } : null
}

export function isWithinCidr(bytes: Uint8Array, cidr: Cidr): boolean {
  if (bytes.length !== cidr.bytes.length) return false
  const whole = cidr.bits >> 3
  for (let at = 0; at < whole; at++) if (bytes[at] !== cidr.bytes[at]) return false
  const rest = cidr.bits & 7
  if (rest === 0) return true
  const mask = 0xff << (8 - rest)
  return (((bytes[whole] as number) ^ (cidr.bytes[whole] as number)) & mask & 0xff) === 0
}
