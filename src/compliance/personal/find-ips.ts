import { onDemand } from '../../core/index.ts'
import type { Span } from './span.ts'

const library = onDemand<typeof import('ipaddr.js')>('ipaddr.js')

const V4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\w)/g
const V6 = /[\da-f:.]+/gi
const MAX_V6 = 45

/** Addresses that identify no person: many machines use them. */
const NOBODYS = new Set(['unspecified', 'loopback', 'broadcast'])

/** IP addresses, version 4 and 6, but for those that mean this machine or every one. */
export function findIps(text: string): Span[] {
  const ipaddr = library()
  const found: Span[] = []
  for (const { 0: address, index: start } of text.matchAll(V4)) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) continue
    if (NOBODYS.has(ipaddr.IPv4.parse(address).range())) continue
    found.push({ start, end: start + address.length, kind: 'ip' })
  }
  for (const { 0: run, index: start } of text.matchAll(V6)) {
    if (run.length > MAX_V6 || run.split(':').length < 3) continue
    const address = run.replace(/(?<!:):$|\.+$/, '')
    const end = start + address.length
    if (/\w/.test(text[start - 1] ?? '') || /\w/.test(text[start + run.length] ?? '')) continue
    if (!ipaddr.IPv6.isValid(address) || NOBODYS.has(ipaddr.IPv6.parse(address).range())) continue
    found.push({ start, end, kind: 'ip' })
  }
  return found
}
