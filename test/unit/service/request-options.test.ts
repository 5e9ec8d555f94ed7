import { describe, expect, it } from 'vitest'
import { FETCH_OPTIONS } from '../../../src/client/options/fetch-options.ts'
import { fetchSchema, renderSchema } from '../../../src/service/routes/requests.ts'

/** The connection is the signal: who hangs up ends the request. */
const NOT_IN_JSON = ['signal']
/** What the service adds: whose request it is, where it goes, bytes as text, and what the library has for a session. */
const OWN = ['session', 'tenant', 'url', 'bodyBase64', 'proxy']

describe('the options of a request to the service', () => {
  it('are those of session.fetch()', () => {
    const given = Object.keys(fetchSchema.shape).filter((name) => !OWN.includes(name))
    expect(given.sort()).toEqual(FETCH_OPTIONS.filter((name) => !NOT_IN_JSON.includes(name)).sort())
  })

  it('are for a page those that a GET request without headers has', () => {
    const only = ['method', 'headers', 'omitHeaders', 'body', 'bodyBase64', 'redirect', 'maxRedirects']
    only.push('context', 'render', 'escalate', 'idempotencyKey')
    const expected = Object.keys(fetchSchema.shape).filter((name) => !only.includes(name))
    expect(Object.keys(renderSchema.shape).sort()).toEqual(expected.sort())
  })
})
