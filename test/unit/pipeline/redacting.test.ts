import { describe, expect, it } from 'vitest'
import { bufferedBody } from '../../../src/http/index.ts'
import { redacting } from '../../../src/pipeline/stages/redacting.ts'
import { ahead, aRequest, aResponse, textOf } from './a-request.ts'

function stage(kinds: readonly ('email' | 'phone' | 'ip')[] = ['email']) {
  const told: object[] = []
  return {
    told,
    stage: redacting({
      kinds,
      phoneRegion: 'DE',
      onRedacted: (url, counts) => told.push({ at: url.pathname, ...counts }),
    }),
  }
}
const text = (body: string, headers: Record<string, string> = {}) =>
  aResponse(200, { headers: { 'content-type': 'text/html', ...headers } }, body)

describe('redacting', () => {
  it('cuts what is asked for out of a body, and says how often', async () => {
    const { stage: redact, told } = stage()
    const { send } = ahead(redact, text('Mail jane@example.org or joe@example.org from 203.0.113.7'))
    expect(await textOf(await send(aRequest()))).toBe(
      'Mail [redacted-email] or [redacted-email] from 203.0.113.7',
    )
    expect(told).toEqual([{ at: '/orders', email: 2, phone: 0, ip: 0 }])
  })

  it('says nothing of a body that holds none', async () => {
    const { stage: redact, told } = stage()
    const { send } = ahead(redact, text('nothing'))
    expect(await textOf(await send(aRequest()))).toBe('nothing')
    expect(told).toEqual([])
  })

  it('takes away what described the body as it was, and keeps the other headers', async () => {
    const { stage: redact } = stage()
    const { send } = ahead(
      redact,
      text('jane@example.org', {
        'content-length': '16',
        'content-md5': 'x',
        digest: 'x',
        'content-digest': 'x',
        'repr-digest': 'x',
        etag: 'x',
        'x-other': 'kept',
      }),
    )
    const response = await send(aRequest())
    expect(response.headers).toEqual({ 'content-type': 'text/html', 'x-other': 'kept' })
    expect(response.wireHeaders).toEqual(response.headers)
    await textOf(response)
  })

  it('leaves what is no text as it is', async () => {
    const image = aResponse(200, { headers: { 'content-type': 'image/png', etag: 'x' } }, 'jane@example.org')
    const { stage: redact } = stage()
    const { send } = ahead(redact, image)
    expect(await send(aRequest())).toBe(image)
  })

  it('gives nobody a text that it cannot read', async () => {
    const { stage: redact } = stage()
    const packed = text('jane@example.org', { 'content-encoding': 'zstd' })
    const { send } = ahead(redact, packed)
    await expect(send(aRequest())).rejects.toMatchObject({ code: 'ONEJAR_BAD_RESPONSE' })
    expect(packed.body.destroyed).toBe(true)
    // A HEAD has no body that could hold anything.
    const head = aResponse(200, { method: 'HEAD', headers: { 'content-encoding': 'zstd' } }, '')
    expect((await ahead(redact, head).send(aRequest({ method: 'HEAD' }))).statusCode).toBe(200)
  })

  it('reads UTF-16 and gives it on as UTF-8 with a mark', async () => {
    const { stage: redact } = stage()
    const headers = { 'content-type': 'text/html; charset=utf-16le' }
    const body = bufferedBody(Buffer.from('é jane@example.org', 'utf16le'), headers)
    const { send } = ahead(redact, { ...aResponse(200, { headers }), body })
    expect(await textOf(await send(aRequest()))).toBe('\ufeffé [redacted-email]')
  })

  it('keeps JSON a JSON', async () => {
    const { stage: redact } = stage(['phone'])
    const answer = aResponse(200, { headers: { 'content-type': 'application/json' } }, '{"tel":4930901820}')
    const { send } = ahead(redact, answer)
    expect(await textOf(await send(aRequest()))).toBe('{"tel":null}')
  })

  it('frees the connection of a body that nobody reads', async () => {
    const { stage: redact } = stage()
    const source = text('jane@example.org')
    const response = await ahead(redact, source).send(aRequest())
    response.body.on('error', () => {}).destroy()
    await new Promise((resolve) =>
      source.body.destroyed ? resolve(null) : source.body.once('close', resolve),
    )
    expect(source.body.destroyed).toBe(true)
  })
})
