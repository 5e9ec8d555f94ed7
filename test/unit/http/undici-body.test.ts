import { describe, expect, it } from 'vitest'
import { bufferedBody, streamedBody } from '../../../src/http/index.ts'

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"a":')
  yield Buffer.from('1}')
}

const makers = {
  'bufferedBody()': () => bufferedBody(Buffer.from('{"a":1}')),
  'streamedBody()': () => streamedBody(pieces()),
}

describe.each(Object.entries(makers))('%s', (_, make) => {
  it('can be read whole, once', async () => {
    const body = make()
    expect(body.bodyUsed).toBe(false)
    expect(await body.json()).toEqual({ a: 1 })
    expect(body.bodyUsed).toBe(true)
    await expect(body.text()).rejects.toThrow(TypeError)
  })

  it('can be read as a stream, and then not again', async () => {
    const body = make()
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('{"a":1}')
    expect(body.bodyUsed).toBe(true)
    await expect(body.text()).rejects.toThrow(TypeError)
  })

  it('can be given up', async () => {
    const body = make()
    await body.dump()
    expect(body.destroyed).toBe(true)
  })
})
