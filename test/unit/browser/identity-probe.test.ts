import type { Browser } from 'playwright'
import { expect, it } from 'vitest'
import { probeIdentity } from '../../../src/browser/identity-probe.ts'

/** A browser that sends this, and somebody else on the machine who comes to its port before and after. */
function watchedBrowser(userAgent: string): Browser {
  const ask = (url: string, agent: string) =>
    fetch(url, { headers: { 'user-agent': agent, 'sec-ch-ua': agent, 'accept-language': agent } })
  const page = {
    goto: async (url: string) => {
      const somebody = () => ask(new URL('/', url).href, 'somebody')
      expect((await somebody()).status).toBe(404)
      await ask(url, userAgent)
      await somebody()
    },
  }
  return { newContext: async () => ({ newPage: async () => page, close: async () => {} }) } as never
}

it('takes what the browser sends, and nothing of who else comes to the port', async () => {
  const identity = await probeIdentity(watchedBrowser('browser'))
  expect(identity).toEqual({
    userAgent: 'browser',
    clientHints: { 'sec-ch-ua': 'browser' },
    acceptLanguage: 'browser',
  })
})
