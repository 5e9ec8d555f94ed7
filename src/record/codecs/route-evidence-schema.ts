import { z } from 'zod'
import type { RouteEvidence } from '../route-evidence.ts'

const MAX_KEPT = 4_000
const digests = z.array(z.string().max(64)).max(MAX_KEPT)
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER)
const size = z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER)
const named = z.string().max(64)

/** What pages have proven of a data route. Of what is too much or of another form nothing is believed. */
export const routeEvidenceSchema = z.strictObject({
  seen: digests,
  sizes: z.array(z.tuple([named, size, count])).max(MAX_KEPT),
  claims: digests,
  apart: digests,
  looks: count,
  caller: z
    .strictObject({
      held: z.array(z.tuple([named, named])).max(1_000),
      idle: z.array(z.tuple([named, count])).max(1_000),
    })
    .optional(),
}) satisfies z.ZodType<RouteEvidence>
