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
})

export const proxyTableSchema = z.array(proxyRouteSchema).max(10_000)

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
 * only the sessions it gains or loses.
 */
export function proxyFor(table: ProxyTable, { tenant, id, target }: ProxyQuestion): ProxySetting | undefined {
  let row: ProxyTable[number] | undefined
  for (const candidate of table) {
    if (candidate.tenant !== undefined && candidate.tenant !== tenant) continue
    if (candidate.domain !== undefined && !isWithin(target, candidate.domain)) continue
    if (row === undefined || exactness(candidate) > exactness(row)) row = candidate
  }
  let best: ProxySetting | undefined
  let heaviest = ''
  for (const proxy of row?.proxies ?? []) {
    const weight = createHash('sha256')
      .update(JSON.stringify([tenant, id, addressOf(proxy)]))
      .digest('hex')
    if (weight <= heaviest) continue
    best = proxy
    heaviest = weight
  }
  return best
}

/** Longer domains before shorter ones; with the tenant named before without. */
function exactness({ domain: name, tenant }: ProxyTable[number]): number {
  return (name === undefined ? 0 : name.length + 1) * 2 + (tenant === undefined ? 0 : 1)
}

function isWithin(host: string | undefined, name: string): boolean {
  return host !== undefined && (host === name || host.endsWith(`.${name}`))
}

/** A proxy that changes its password stays the same proxy. */
function addressOf(proxy: ProxySetting): string {
  const url = new URL(typeof proxy === 'string' ? proxy : proxy.server)
  const user = typeof proxy === 'string' ? url.username : (proxy.username ?? url.username)
  return `${url.protocol}//${user}@${url.host}`
}
