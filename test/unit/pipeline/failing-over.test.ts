import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { failingOver } from '../../../src/pipeline/stages/failing-over.ts'
import { NetworkPath, type Way } from '../../../src/services/index.ts'
import { ahead, aRequest, aResponse } from './a-request.ts'

const proxyFailed = (status?: number) =>
  new OnejarError('ONEJAR_PROXY_FAILED', 'refused', { details: status === undefined ? {} : { status } })

/** A path through so many proxies, one after the other. */
function pathThrough(proxies: number) {
  const wayNamed = (at: number) => ({ name: `proxy ${at}`, giveBack: () => {} }) as Way
  let at = 1
  return new NetworkPath(wayNamed(at), () => (at < proxies ? wayNamed(++at) : null))
}

describe('failing over', () => {
  it('sends again through another proxy when the one in use has failed', async () => {
    const network = pathThrough(3)
    const { send, asked } = ahead(failingOver(network), proxyFailed(), proxyFailed(407), aResponse())
    expect((await send(aRequest())).statusCode).toBe(200)
    expect(asked).toHaveLength(3)
    expect(network.way.name).toBe('proxy 3')
  })

  it('gives the failure when there is no other proxy', async () => {
    const { send, asked } = ahead(failingOver(pathThrough(2)), proxyFailed(), proxyFailed())
    await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_PROXY_FAILED' })
    expect(asked).toHaveLength(2)
  })

  it.each([502, 503, 504, 3, 4, 5, 6])(
    'keeps a proxy that says %i: the site cannot be reached',
    async (status) => {
      const network = pathThrough(2)
      const { send, asked } = ahead(failingOver(network), proxyFailed(status), aResponse())
      await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_PROXY_FAILED' })
      expect({ asked: asked.length, name: network.way.name }).toEqual({ asked: 1, name: 'proxy 1' })
    },
  )

  it('keeps the proxy when something else failed', async () => {
    const network = pathThrough(2)
    const { send } = ahead(failingOver(network), new OnejarError('ONEJAR_NETWORK', 'reset'))
    await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_NETWORK' })
    expect(network.way.name).toBe('proxy 1')
  })

  it('changes the proxy for those who come after, but does not send a stream twice', async () => {
    const network = pathThrough(2)
    const { send, asked } = ahead(failingOver(network), proxyFailed())
    const body = (async function* () {
      yield Buffer.from('once')
    })()
    await expect(send(aRequest({ method: 'POST', body }))).rejects.toMatchObject({
      code: 'ONEJAR_PROXY_FAILED',
    })
    expect({ asked: asked.length, name: network.way.name }).toEqual({ asked: 1, name: 'proxy 2' })
  })

  it('ends with the time of the request, and after sixteen changes', async () => {
    const late = ahead(failingOver(pathThrough(3)), proxyFailed())
    await expect(late.send(aRequest({ timeoutMs: 0 }))).rejects.toMatchObject({ code: 'ONEJAR_PROXY_FAILED' })
    const many = ahead(failingOver(pathThrough(40)), ...Array.from({ length: 40 }, () => proxyFailed()))
    await expect(many.send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_PROXY_FAILED' })
    expect(many.asked).toHaveLength(17)
  })
})
