import { describe, expect, it } from 'vitest'
import { browserAddresses } from '../../../src/cli/browser-addresses.ts'

describe('the DevTools addresses of a command line', () => {
  it('are none, one browser, or a farm of them', () => {
    expect(browserAddresses([])).toEqual({})
    expect(browserAddresses(['http://a'])).toEqual({ cdpEndpoint: 'http://a' })
    expect(browserAddresses(['http://a', 'http://b'])).toMatchObject({ maxEndpoints: 2 })
  })

  it('are each in use once, and one that was given back comes last', async () => {
    const { endpoint = async () => Promise.reject() } = browserAddresses(['a', 'b', 'c'])
    const call = { signal: new AbortController().signal }
    const [a, b] = [await endpoint(call), await endpoint(call)]
    a.release()
    const next = [await endpoint(call), await endpoint(call)]
    expect([a, b, ...next].map(({ url }) => url)).toEqual(['a', 'b', 'c', 'a'])
    await expect(endpoint(call)).rejects.toThrow('in use')
  })
})
