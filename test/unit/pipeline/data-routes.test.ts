import { describe, expect, it } from 'vitest'
import { fromDataRoutes } from '../../../src/pipeline/stages/data-routes.ts'
import type { RouteRequest } from '../../../src/routing/index.ts'
import { ahead, aRequest, aResponse } from './a-request.ts'

const FIELDS = { price: '.price' } as NonNullable<RouteRequest['extract']>

const SCHEMA = { '~standard': { validate: () => {} } } as never

/** The stage, and what it had answered by data routes, which here answer by themselves. */
function make() {
  const fields: unknown[] = []
  const stage = fromDataRoutes({
    fetch: async (_request, wanted) => {
      fields.push(wanted)
      return aResponse(200, {}, 'by a data route')
    },
  })
  return { ...ahead(stage, aResponse()), fields }
}

describe('fields of pages', () => {
  it.each([
    ['in a plain request', {}],
    ['by a GET that is named', { method: 'GET' }],
    ['where redirects are followed', { redirect: 'follow' }],
  ] satisfies [string, Partial<RouteRequest>][])('come from data routes %s', async (_name, own) => {
    const { send, asked, fields } = make()
    await send(aRequest({ extract: FIELDS, ...own }))
    expect([fields, asked]).toEqual([[FIELDS], []])
  })

  it.each([
    ['nothing is to be extracted', { extract: undefined }],
    ['a schema says what is', { extract: SCHEMA }],
    ['it is no GET', { method: 'POST' }],
    ['it has a body', { body: 'x' }],
    ['it has headers of its own', { headers: { accept: 'text/html' } }],
    ['the page is to be rendered', { render: true }],
    ['no browser is wanted', { escalate: false }],
    ['redirects are not followed', { redirect: 'manual' }],
    ['redirects are refused', { redirect: 'error' }],
  ] as [string, Partial<RouteRequest>][])('come with the page where %s', async (_name, own) => {
    const { send, asked, fields } = make()
    await send(aRequest({ extract: FIELDS, ...own }))
    expect([fields, asked.length]).toEqual([[], 1])
  })
})
