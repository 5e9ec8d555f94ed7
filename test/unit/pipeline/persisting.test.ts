import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { persisting } from '../../../src/pipeline/stages/persisting.ts'
import { ahead, aRequest, aResponse, textOf } from './a-request.ts'

describe('persisting', () => {
  it('gives a response once the store has what it changed', async () => {
    const stored = Promise.withResolvers<void>()
    let given = false
    const { send, asked } = ahead(
      persisting(() => stored.promise),
      aResponse(),
    )
    const sending = send(aRequest()).then((response) => {
      given = true
      return response
    })
    await new Promise(setImmediate)
    expect({ asked: asked.length, given }).toEqual({ asked: 1, given: false })
    stored.resolve()
    expect(await textOf(await sending)).toBe('body')
  })

  it('gives nobody a response that the store does not have, and frees its connection', async () => {
    const response = aResponse()
    const { send } = ahead(
      persisting(async () => {
        throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'away')
      }),
      response,
    )
    await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    expect(response.body.destroyed).toBe(true)
  })

  it('stores nothing for a request that failed', async () => {
    let flushes = 0
    const stage = persisting(async () => {
      flushes++
    })
    const { send } = ahead(stage, new OnejarError('ONEJAR_NETWORK', 'reset'))
    await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_NETWORK' })
    expect(flushes).toBe(0)
  })
})
