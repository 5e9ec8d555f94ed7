import { once } from 'node:events'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { describe, expect, it, vi } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { bufferedBody, ResponseBody, streamedBody } from '../../../src/http/index.ts'
import { eventually } from '../../support/eventually.ts'

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"a":')
  yield Buffer.from('1}')
}

/** A body whose source is the test. */
function openBody(headers = {}) {
  const source = { onBodyWanted: vi.fn(), onBodyGivenUp: vi.fn() }
  return { source, body: new ResponseBody(source, headers) }
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString()
}

const makers = {
  'that is there already': () => bufferedBody(Buffer.from('{"a":1}')),
  'that comes piece by piece': () => streamedBody(pieces()),
  'that has arrived before it is read': () => {
    const { body } = openBody()
    body.add(Buffer.from('{"a"'))
    body.add(Buffer.from(':1}'))
    body.finish()
    return body
  },
  'that arrives later': () => {
    const { body } = openBody()
    body.add(Buffer.from('{"a"'))
    setImmediate(() => {
      body.add(Buffer.from(':1}'))
      setImmediate(() => body.finish())
    })
    return body
  },
}

describe.each(Object.entries(makers))('a body %s', (_, make) => {
  it('can be read whole, once', async () => {
    const body = make()
    expect(body.bodyUsed).toBe(false)
    expect(await body.json()).toEqual({ a: 1 })
    expect(body.bodyUsed).toBe(true)
    await expect(body.text()).rejects.toThrow(TypeError)
  })

  it('can be read in each form', async () => {
    expect(await make().text()).toBe('{"a":1}')
    expect(Buffer.from(await make().arrayBuffer()).toString()).toBe('{"a":1}')
    expect(Buffer.from(await make().bytes()).toString()).toBe('{"a":1}')
    expect(await (await make().blob()).text()).toBe('{"a":1}')
    expect(await bytesOf(make().body)).toBe('{"a":1}')
  })

  it('can be read as a stream, and then not again', async () => {
    const body = make()
    expect(await bytesOf(body)).toBe('{"a":1}')
    expect(body.bodyUsed).toBe(true)
    await expect(body.text()).rejects.toThrow(TypeError)
  })

  it('can be piped on', async () => {
    const seen: string[] = []
    await pipeline(make(), async (source) => {
      for await (const chunk of source) seen.push(String(chunk))
    })
    expect(seen.join('')).toBe('{"a":1}')
  })

  it('is empty to who streams it after it was read whole', async () => {
    const body = make()
    await body.text()
    expect(await bytesOf(body)).toBe('')
  })

  it('ends for those who listen, before it is read whole and after', async () => {
    const body = make()
    const ended = once(body, 'end')
    const closed = once(body, 'close')
    await body.text()
    await Promise.all([ended, closed])

    const late = make()
    await late.text()
    await finished(late)
    expect(late.destroyed).toBe(true)
  })

  it('cannot be read whole while somebody reads its web stream, nor the other way round', async () => {
    const locked = make()
    locked.body.getReader()
    await expect(locked.text()).rejects.toThrow(TypeError)

    const taken = make()
    const text = taken.text()
    expect(taken.body.locked).toBe(true)
    expect(await text).toBe('{"a":1}')
  })

  it('can be given up', async () => {
    const body = make()
    await body.dump()
    expect(body.destroyed).toBe(true)
    await expect(body.text()).rejects.toThrow(TypeError)
  })

  it('is destroyed without an error that nobody hears', async () => {
    const body = make()
    body.destroy()
    await once(body, 'close')
    await expect(body.text()).rejects.toThrow(TypeError)
  })
})

describe('a body from a source', () => {
  it('asks for more only when somebody reads, and holds the source back when much is there', async () => {
    const { body, source } = openBody()
    expect(body.add(Buffer.alloc(60_000))).toBe(true)
    expect(body.add(Buffer.alloc(60_000))).toBe(false)
    expect(source.onBodyWanted).not.toHaveBeenCalled()
    const whole = body.bytes()
    expect(source.onBodyWanted).toHaveBeenCalledOnce()
    // Who wants all of it is not helped by waiting.
    expect(body.add(Buffer.alloc(60_000))).toBe(true)
    body.finish()
    expect((await whole).length).toBe(180_000)
  })

  it('holds the source back while a stream’s reader is slow', async () => {
    const { body, source } = openBody()
    const chunks = body[Symbol.asyncIterator]()
    const first = chunks.next()
    await eventually(() => expect(source.onBodyWanted).toHaveBeenCalled())
    expect(body.add(Buffer.alloc(100_000, 'a'))).toBe(false)
    const before = source.onBodyWanted.mock.calls.length
    expect(((await first).value as Buffer).length).toBe(100_000)
    const second = chunks.next()
    await eventually(() => expect(source.onBodyWanted.mock.calls.length).toBeGreaterThan(before))
    body.add(Buffer.from('b'))
    body.finish()
    expect(String((await second).value)).toBe('b')
    expect((await chunks.next()).done).toBe(true)
    expect(source.onBodyGivenUp).not.toHaveBeenCalled()
  })

  it('tells its readers why it failed, whoever they are', async () => {
    const error = new OnejarError('ONEJAR_NETWORK', 'the connection broke')
    const whole = openBody().body
    const read = whole.text()
    whole.fail(error)
    await expect(read).rejects.toBe(error)

    const streamed = openBody().body
    const stream = bytesOf(streamed)
    streamed.add(Buffer.from('begun'))
    streamed.fail(error)
    await expect(stream).rejects.toBe(error)

    const late = openBody().body
    late.fail(error)
    await once(late, 'error')
    await expect(late.text()).rejects.toBe(error)
    await expect(late.json()).rejects.toBe(error)
  })

  it('lets who has just got it hear of a failure that came at the same moment', async () => {
    const { body } = openBody()
    body.fail(new OnejarError('ONEJAR_NETWORK', 'the connection broke'))
    const heard = Promise.resolve().then(() => once(body, 'close'))
    await expect(heard).rejects.toMatchObject({ code: 'ONEJAR_NETWORK' })
  })

  it('tells the source when it is given up, once, and the reader who waits', async () => {
    const { body, source } = openBody()
    const read = body.text()
    body.destroy()
    await expect(read).rejects.toMatchObject({ code: 'ONEJAR_ABORTED' })
    expect(source.onBodyGivenUp).toHaveBeenCalledOnce()
  })

  it('gives the source up when its stream is left early', async () => {
    const { body, source } = openBody()
    body.add(Buffer.from('first'))
    for await (const _ of body) break
    expect(source.onBodyGivenUp).toHaveBeenCalledOnce()
  })

  it('takes nothing more after its end', async () => {
    const { body } = openBody()
    body.destroy()
    expect(body.add(Buffer.from('late'))).toBe(true)
    body.finish()
    await once(body, 'close')
  })
})

describe('dump()', () => {
  it('gives a body up that says it is longer, or turns out to be', async () => {
    const told = openBody({ 'content-length': '200' })
    await told.body.dump({ limit: 100 })
    expect(told.source.onBodyGivenUp).toHaveBeenCalledOnce()

    const seen = openBody()
    const dumped = seen.body.dump({ limit: 100 })
    await eventually(() => expect(seen.source.onBodyWanted).toHaveBeenCalled())
    seen.body.add(Buffer.alloc(101))
    await dumped
    expect(seen.source.onBodyGivenUp).toHaveBeenCalledOnce()
  })

  it('reads a short one to its end', async () => {
    const { body, source } = openBody()
    const dumped = body.dump()
    body.add(Buffer.alloc(1_000))
    body.finish()
    await dumped
    expect(source.onBodyGivenUp).not.toHaveBeenCalled()
  })

  it('ends with its signal', async () => {
    const { body, source } = openBody()
    const controller = new AbortController()
    const dumped = body.dump({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(dumped).rejects.toThrow('enough')
    expect(source.onBodyGivenUp).toHaveBeenCalledOnce()
    await expect(openBody().body.dump({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
  })
})

describe('what a body is read as', () => {
  it('is UTF-8 without a byte order mark, or what the stream was set to', async () => {
    expect(await bufferedBody(Buffer.from('\ufeffé')).text()).toBe('é')
    const latin = bufferedBody(Buffer.from([0xe9]))
    latin.setEncoding('latin1')
    expect(await latin.text()).toBe('é')
  })

  it('has memory of its own', async () => {
    const shared = Buffer.from('xxbodyxx').subarray(2, 6)
    const bytes = await bufferedBody(shared).arrayBuffer()
    expect(bytes.byteLength).toBe(4)
    shared.fill('-')
    expect(Buffer.from(bytes).toString()).toBe('body')
  })

  it('is a form or a typed blob where the headers say so', async () => {
    const form = bufferedBody(Buffer.from('a=1&a=2'), { 'content-type': 'application/x-www-form-urlencoded' })
    expect((await form.formData()).getAll('a')).toEqual(['1', '2'])
    expect((await bufferedBody(Buffer.from(''), { 'content-type': 'text/css' }).blob()).type).toBe('text/css')
  })

  it('fails as JSON does', async () => {
    await expect(bufferedBody(Buffer.from('{')).json()).rejects.toThrow(SyntaxError)
  })
})

describe('streamedBody()', () => {
  it('fails with what its source fails with', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('a')
        throw new Error('broken')
      })(),
    )
    await expect(streamedBody(broken).text()).rejects.toThrow('broken')
  })

  it('lets its source go when it is given up', async () => {
    const closed = Promise.withResolvers<void>()
    async function* source() {
      try {
        for (;;) yield Buffer.alloc(1_000)
      } finally {
        closed.resolve()
      }
    }
    for await (const _ of streamedBody(source())) break
    await closed.promise
  })
})
