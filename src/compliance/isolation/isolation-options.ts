import { z } from 'zod'
import {
  BEHAVIOURS,
  ISOLATION_PRESETS,
  type IsolationDecision,
  type IsolationMatrix,
  JURISDICTIONS,
  type Jurisdiction,
} from './isolation-matrix.ts'

/** Rows of one's own over those of the preset. */
export interface IsolationRows {
  /** Write the session to the store. */
  persist?: IsolationDecision | undefined
  /** Give the session to a caller as a file. */
  share?: IsolationDecision | undefined
  /** Keep the session after it is released. */
  retain?: IsolationDecision | undefined
  /** Show sites in a browser. */
  render?: IsolationDecision | undefined
  /** Give callers bodies with personal data in them. */
  keepPersonal?: IsolationDecision | undefined
  /** Go through a proxy of another region. */
  otherRegion?: 'allow' | 'deny' | undefined
}

/** What a tenant's sessions may do with what they hold. */
export interface TenantIsolationOptions {
  /** The preset: `neutral` (allows everything), `gdpr` or `ccpa`. Default: the broker's, and for that `neutral`. */
  jurisdiction?: Jurisdiction | undefined
  /** Rows that take precedence over the preset's. Default: none. */
  matrix?: IsolationRows | undefined
  /** The region that the tenant's traffic stays in, as `proxyRegions` names it. Default: the broker's. */
  region?: string | undefined
  /** For `retain: 'transform'`: how old anything of a session may be, in milliseconds; a minute to ten years. Default: 30 days. */
  retainMs?: number | undefined
}

/** A matrix of behaviours and decisions, for all tenants and for some. */
export interface IsolationOptions extends TenantIsolationOptions {
  /** Tenants that have something of their own, by name. What they leave out is the broker's. Default: none. */
  tenants?: Record<string, TenantIsolationOptions> | undefined
  /** The region of each proxy, by its host: `{ '10.0.0.1': 'eu' }`. Default: none is known. */
  proxyRegions?: Record<string, string> | undefined
}

const decision = z.enum(['allow', 'deny', 'transform'])
const region = z.string().min(1).max(64)

const tenantSchema = z.strictObject({
  jurisdiction: z.enum(JURISDICTIONS).optional(),
  matrix: z
    .strictObject({
      persist: decision.optional(),
      share: decision.optional(),
      retain: decision.optional(),
      render: decision.optional(),
      keepPersonal: decision.optional(),
      otherRegion: z.enum(['allow', 'deny']).optional(),
    })
    .optional(),
  region: region.optional(),
  retainMs: z
    .number()
    .int()
    .min(60_000)
    .max(3_650 * 86_400_000)
    .optional(),
})

export const isolationSchema = tenantSchema.extend({
  tenants: z.record(z.string().min(1).max(256), tenantSchema).default({}),
  proxyRegions: z.record(z.string().min(1).max(253), region).default({}),
})

type ParsedIsolation = z.output<typeof isolationSchema>

/** What holds for one tenant. */
export interface IsolationPlan {
  /** Whose preset it is; `own` where rows of the user's are laid over it. */
  readonly jurisdiction: Jurisdiction | 'own'
  readonly matrix: IsolationMatrix
  readonly region: string | undefined
  readonly retainMs: number
  readonly proxyRegions: Readonly<Record<string, string>>
}

const RETAIN_MS = 30 * 86_400_000

/** The plan of a tenant: its own rows, then its preset, then the broker's rows, then the broker's preset. */
export function isolationPlan(options: ParsedIsolation, tenant: string): IsolationPlan {
  const own = Object.hasOwn(options.tenants, tenant) ? options.tenants[tenant] : undefined
  const jurisdiction = own?.jurisdiction ?? options.jurisdiction ?? 'neutral'
  // A tenant under another law does not take over rows that were chosen with the broker's in mind.
  const rows = { ...(own?.jurisdiction === undefined ? options.matrix : {}), ...own?.matrix }
  const changed = BEHAVIOURS.some((behaviour) => rows[behaviour] !== undefined)
  const given = Object.fromEntries(Object.entries(rows).filter(([, value]) => value !== undefined))
  return {
    jurisdiction: changed ? 'own' : jurisdiction,
    matrix: { ...ISOLATION_PRESETS[jurisdiction], ...given },
    region: own?.region ?? options.region,
    retainMs: own?.retainMs ?? options.retainMs ?? RETAIN_MS,
    proxyRegions: options.proxyRegions,
  }
}
