import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ProxySetting } from '../../services/index.ts'
import type { Caller } from '../access.ts'
import type { Parts } from '../parts.ts'
import { ServiceError } from '../service-error.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What an operation answers when it succeeds. */
export interface Answer {
  readonly description: string
  /** The body; none where it is left out. */
  readonly schema?: z.ZodType
  /** Default: JSON. */
  readonly type?: string
}

/**
 * One thing that the service does. Both the route and its part of `openapi.json` are made from it, so neither knows more than
 * the other.
 */
export interface OperationSpec<Params, Query, Body> {
  /** Names it for generated clients. */
  readonly id: string
  readonly method: Method
  /** As OpenAPI writes it: `/v1/sessions/{id}`. */
  readonly path: string
  readonly tag: string
  /** A line. */
  readonly summary: string
  /** What is not obvious. */
  readonly description?: string
  /** Default: `caller`, whoever is let in. `anybody`: no token is asked. `all-tenants`: none who sees one tenant only. */
  readonly access?: 'anybody' | 'caller' | 'all-tenants'
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  /** By status; the first is the one that is sent when the handler says nothing. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Statuses of problems of its own, beside those that every operation may have. */
  readonly problems?: readonly number[]
  /** Answers by itself, and lasts: a stream, or what another library writes. */
  readonly hijacks?: true
  /** What it gives is sent as JSON; undefined for no body. */
  handle(call: Call<Params, Query, Body>): unknown
}

export type Operation = OperationSpec<unknown, unknown, unknown>

/** One request, looked over. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly caller: Caller
  readonly parts: Parts
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal
}

/** An operation, with its handler typed by its schemas. */
export function operation<Params, Query, Body>(spec: OperationSpec<Params, Query, Body>): Operation {
  return spec as Operation
}

/**
 * The tenant that a call is about: the caller's own, or the one that was named where the caller sees all.
 *
 * @throws ServiceError FORBIDDEN for another one than the caller's
 */
export function tenantOf(caller: Caller, named: string | undefined): string {
  return tenantFilter(caller, named) ?? 'default'
}

/** The same where no tenant means all that the caller sees. @throws ServiceError FORBIDDEN */
export function tenantFilter(caller: Caller, named: string | undefined): string | undefined {
  if (caller.tenant === null) return named
  if (named === undefined || named === caller.tenant) return caller.tenant
  throw new ServiceError('FORBIDDEN', 'This token is for another tenant')
}

/**
 * The proxy of a call that sends something, as `OpenSessions.use()` takes it.
 *
 * @throws ServiceError FORBIDDEN for one that callers may not name
 */
export function proxyOf(parts: Parts, named: ProxySetting | undefined): ProxySetting | null {
  if (named !== undefined) parts.proxies.assertAllowed(named)
  return named ?? null
}
