import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { type ProxySetting, proxySchema } from './proxy-setting.ts'

const domain = z
  .string()
  .min(1)
  .max(253)
  .transform((text) => domainToASCII(text.replace(/^\*\.|^\.|\.$/g, '')))
  .refine((text) => text !== '', 'expected a domain')

/** A row: which proxies serve a tenant's sessions at a target. */
export const proxyRouteSchema = z.strictObject({
  /** Default: every tenant. */
  tenant: z.string().min(1).max(256).optional(),
  /** A domain; its subdomains are meant as well. Default: every target. */
  domain: domain.optional(),
  proxies: z.array(proxySchema).min(1).max(10_000),
  /**
   * A session whose proxy fails goes on through another one of the row: with a new browser context, and without the
   * clearances of the old address. Default: false; it fails with ONEJAR_PROXY_FAILED.
   */
  failover: z.boolean().default(false),
})

export const proxyTableSchema = z.array(proxyRouteSchema).max(10_000)

/**
 * A row of the proxy table: which proxies serve the sessions of a tenant at a domain. Where `tenant` or `domain` is absent,
 * the row is for all of them. Of several rows the one with the longest domain counts, then the one that names the tenant. A
 * session gets the same proxy of `proxies` in every process. `failover: true` moves a session to another proxy of the row
 * when its own fails (default: false, then its requests fail with ONEJAR_PROXY_FAILED).
 *
 * @example
 * ```ts
 * import { openBroker, type ProxyRoute } from 'onejar'
 *
 * const routes: ProxyRoute[] = [
 *   { domain: 'shop.example', proxies: ['http://10.0.0.1:3128', 'http://10.0.0.2:3128'], failover: true },
 *   { tenant: 'acme', proxies: ['socks5://10.0.0.3:1080'] },
 * ]
 * await using broker = await openBroker({ store: 'memory', proxyRoutes: routes })
 * ```
 */
export type ProxyRoute = z.input<typeof proxyRouteSchema>
export type ProxyTable = z.output<typeof proxyTableSchema>

export interface ProxyQuestion {
  readonly tenant: string
  readonly id: string
  /** Host name of the site that the session is for. */
  readonly target: string | undefined
}

/**
 * The proxy of a session; undefined when no row is for it. Of several rows the most exact one counts: the longest domain,
 * then one that names the tenant. The same session gets the same proxy in every process for as long as it is in the row:
 * each proxy is weighed with the session's name, and the heaviest is taken, so that a proxy that comes or goes moves
 * only the sessions it gains or loses. Costs a multiplication or two for each proxy of the row.
 */
export function proxyFor(
  table: ProxyTable,
  { tenant, id, target }: ProxyQuestion,
  isDown: (proxy: ProxySetting) => boolean = () => false,
): ProxySetting | undefined {
  const row = rowFor(table, tenant, target)
  if (row === undefined) return undefined
  const { proxies, digests } = row
  const [first, second] = digestOf(JSON.stringify([tenant, id]))
  let best = 0
  let heaviest = -1
  // Where all are down the choice is as if none were.
  const skipped = row.failover && !proxies.every(isDown) ? isDown : () => false
  for (let at = 0; at < proxies.length; at++) {
    const weight = mixed(
      Math.imul(first ^ (digests[2 * at] as number), 0x9e3779b1) ^ second ^ (digests[2 * at + 1] as number),
    )
    if (skipped(proxies[at]!)) continue
    if (weight > heaviest || (weight === heaviest && addressOf(proxies[at]!) > addressOf(proxies[best]!))) {
      best = at
      heaviest = weight
    }
  }
  return proxies[best]
}

/** Whether the session's row has it go on through another proxy when one fails. */
export function failsOver(
  table: ProxyTable,
  { tenant, target }: Pick<ProxyQuestion, 'tenant' | 'target'>,
): boolean {
  const row = rowFor(table, tenant, target)
  return row?.failover === true && row.proxies.length > 1
}

interface WeighedRow {
  readonly failover: boolean
  readonly proxies: readonly ProxySetting[]
  /** Two numbers of 32 bits for the address of each. */
  readonly digests: Uint32Array
}

/** The rows of a table by tenant and domain; made once for each table. */
const indexes = new WeakMap<ProxyTable, ReadonlyMap<string, WeighedRow>>()

function rowFor(table: ProxyTable, tenant: string, target: string | undefined): WeighedRow | undefined {
  let index = indexes.get(table)
  if (index === undefined) {
    const made = new Map<string, WeighedRow>()
    for (const { tenant: whose, domain: where, proxies, failover } of table) {
      const key = rowKey(whose, where)
      if (!made.has(key)) made.set(key, weighed(proxies, failover))
    }
    index = made
    indexes.set(table, index)
  }
  for (let host = target; host !== undefined; host = parentOf(host)) {
    const row = index.get(rowKey(tenant, host)) ?? index.get(rowKey(undefined, host))
    if (row !== undefined) return row
  }
  return index.get(rowKey(tenant, undefined)) ?? index.get(rowKey(undefined, undefined))
}

function rowKey(tenant: string | undefined, domainName: string | undefined): string {
  return JSON.stringify([tenant ?? null, domainName ?? null])
}

function parentOf(host: string): string | undefined {
  const at = host.indexOf('.')
  return at === -1 ? undefined : host.slice(at + 1)
}

function weighed(proxies: readonly ProxySetting[], failover: boolean): WeighedRow {
  return {
    proxies,
    failover,
    digests: Uint32Array.from(proxies.flatMap((proxy) => digestOf(addressOf(proxy)))),
  }
}

function digestOf(text: string): [number, number] {
  const bytes = createHash('sha256').update(text).digest()
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)]
}

/** Has each bit decide about every other (the last step of MurmurHash3). */
function mixed(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** A proxy that changes its password stays the same proxy. */
export function addressOf(proxy: ProxySetting): string {
  const url = new URL(typeof proxy === 'string' ? proxy : proxy.server)
  const user = typeof proxy === 'string' ? url.username : (proxy.username ?? url.username)
  return `${url.protocol}//${user}@${url.host}`
}

/** A name for the way through a proxy, or past all of them: the address as others see it, as far as that can be known. */
export function networkPathName(proxy: ProxySetting | undefined): string {
  if (proxy === undefined) return 'direct'
  return createHash('sha256').update(addressOf(proxy)).digest('base64url').slice(0, 22)
}

/** The same for people, without user or password. */
export function proxyLabel(proxy: ProxySetting | undefined): string {
  if (proxy === undefined) return 'direct'
  const { protocol, host } = new URL(typeof proxy === 'string' ? proxy : proxy.server)
  return `${protocol}//${host}`
}
