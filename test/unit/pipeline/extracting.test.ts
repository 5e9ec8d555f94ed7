import { describe, expect, it } from 'vitest'
import { bufferedBody } from '../../../src/http/index.ts'
import { extracting } from '../../../src/pipeline/stages/extracting.ts'
import { ahead, aRequest, aResponse, textOf } from './a-request.ts'

const PAGE = '<h1>Chair</h1><p class=secret>not asked for</p>'
const html = (statusCode = 200, text = PAGE, type = 'text/html') =>
  aResponse(statusCode, { headers: { 'content-type': type, etag: 'x', 'x-note': 'site' } }, text)
const json = (text: string) => aResponse(200, { headers: { 'content-type': 'application/json' } }, text)
const schema = (validate: (value: unknown) => object) => ({
  '~standard': { version: 1 as const, vendor: 'test', validate },
})

describe('extracting', () => {
  const reduced: string[] = []
  const stage = extracting((url) => reduced.push(url.href))

  it('gives what was asked for, as JSON, and nothing else of the response', async () => {
    reduced.length = 0
    const { send } = ahead(stage, html())
    const response = await send(aRequest({ extract: { title: 'h1' } }))
    expect(JSON.parse(await textOf(response))).toEqual({ title: 'Chair' })
    expect(response.headers).toEqual({ 'content-type': 'application/json' })
    expect(response.wireHeaders).toEqual(response.headers)
    expect(reduced).toEqual(['http://shop.example/orders?id=1'])
  })

  it('gives the response as it is where nothing is asked for', async () => {
    reduced.length = 0
    const whole = html()
    const { send } = ahead(stage, whole)
    expect(await send(aRequest())).toBe(whole)
    expect(reduced).toEqual([])
  })

  it.each([199, 300, 404, 500])('gives no body with status %i, and reads none', async (statusCode) => {
    const refused = html(statusCode)
    const { send } = ahead(stage, refused)
    const response = await send(aRequest({ extract: { title: 'h1' } }))
    expect({ status: response.statusCode, text: await textOf(response) }).toEqual({
      status: statusCode,
      text: '',
    })
    expect(refused.body.destroyed).toBe(true)
  })

  it('reads a document in its charset, and in UTF-8 where that is not known', async () => {
    for (const [type, bytes] of [
      ['text/html; charset=iso-8859-1', Buffer.from('<h1>é</h1>', 'latin1')],
      ['text/html; charset="nonsense"', Buffer.from('<h1>é</h1>')],
    ] as const) {
      const page = html(200, '', type)
      const { send } = ahead(stage, { ...page, body: bufferedBody(bytes, page.headers) })
      expect(await textOf(await send(aRequest({ extract: { title: 'h1' } })))).toBe('{"title":"é"}')
    }
  })

  it('gives of a JSON what a schema lets through', async () => {
    const { send } = ahead(stage, json('{"id":1,"card":"4111"}'))
    const id = schema((value) => ({ value: { id: (value as { id: number }).id } }))
    expect(await textOf(await send(aRequest({ extract: id })))).toBe('{"id":1}')
  })

  it('gives null for what JSON cannot say', async () => {
    const { send } = ahead(stage, json('1'))
    expect(await textOf(await send(aRequest({ extract: schema(() => ({ value: undefined })) })))).toBe('null')
  })

  it('names the places that a schema refuses, and nothing that stands there', async () => {
    const issues = [{ path: ['user', { key: 'card' }], message: 'got 4111' }, { message: 'got 4111' }]
    const { send } = ahead(stage, json('{"card":"4111"}'))
    const failed = send(aRequest({ extract: schema(() => ({ issues })) }))
    await expect(failed).rejects.toMatchObject({
      code: 'ONEJAR_EXTRACT_FAILED',
      message: expect.stringMatching(/at user\.card, \(whole\)/),
    })
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('4111') })
  })

  it('says so when there is no JSON, without the query of the URL', async () => {
    const { send } = ahead(stage, json('<html>'))
    const failed = send(aRequest({ extract: schema((value) => ({ value })) }))
    await expect(failed).rejects.toMatchObject({
      code: 'ONEJAR_EXTRACT_FAILED',
      message: expect.stringMatching(/^http:\/\/shop\.example\/orders: the body is no JSON/),
    })
  })
})
