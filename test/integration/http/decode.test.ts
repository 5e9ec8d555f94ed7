import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const text = 'Grüße, '.repeat(20_000)
const plain = Buffer.from(text)

const encoders: Record<string, (data: Buffer) => Buffer> = {
  gzip: (data) => zlib.gzipSync(data),
  'x-gzip': (data) => zlib.gzipSync(data),
  deflate: (data) => zlib.deflateSync(data),
  br: (data) => zlib.brotliCompressSync(data),
  zstd: (data) => zlib.zstdCompressSync(data),
}

function serve(encoding: string, body: Buffer, status = 200) {
  return startHttpServer((_request, response) => {
    response.writeHead(status, { 'content-encoding': encoding, 'content-length': body.length }).end(body)
  })
}

/** Without a length: where the body ends is for the coding to say. */
function serveSlowly(encoding: string, body: Buffer, atOnce: boolean) {
  return startHttpServer(async (_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding })
    const step = atOnce ? body.length : 1
    for (let at = 0; at < body.length; at += step) {
      await new Promise((resolve) => response.write(body.subarray(at, at + step), resolve))
    }
    response.end()
  })
}

describe('a body that came encoded', () => {
  it.each(Object.keys(encoders))('%s is decoded', async (encoding) => {
    await using server = await serve(encoding, encoders[encoding]!(plain))
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect(response.headers['content-encoding']).toBeUndefined()
    expect(response.headers['content-length']).toBeUndefined()
    expect(response.wireHeaders['content-encoding']).toBe(encoding)
    expect(await response.body.text()).toBe(text)
  })

  it('raw deflate under the name of deflate is decoded, as browsers do', async () => {
    await using server = await serve('deflate', zlib.deflateRawSync(plain))
    await using http = openHttp()
    expect(await (await http.send(server.origin)).body.text()).toBe(text)
  })

  it('several encodings are undone from the last to the first', async () => {
    await using server = await serve('gzip, br', zlib.brotliCompressSync(zlib.gzipSync(plain)))
    await using http = openHttp()
    expect(await (await http.send(server.origin)).body.text()).toBe(text)
  })

  it('more than five are refused', async () => {
    await using server = await serve('gzip, gzip, gzip, gzip, gzip, gzip', plain)
    await using http = openHttp()
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('an unknown encoding is left alone', async () => {
    await using server = await serve('gzip, compress', plain)
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect(response.headers['content-encoding']).toBe('gzip, compress')
    expect(Buffer.from(await response.body.bytes()).equals(plain)).toBe(true)
  })

  it('error pages are decoded too', async () => {
    await using server = await serve('gzip', zlib.gzipSync(plain), 403)
    await using http = openHttp()
    expect(await (await http.send(server.origin)).body.text()).toBe(text)
  })

  it.each([204, 304])('a %i is left alone', async (status) => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip' }).end()
    })
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect([response.headers['content-encoding'], await response.body.text()]).toEqual(['gzip', ''])
  })

  it('so is the answer to a HEAD', async () => {
    await using server = await serve('gzip', zlib.gzipSync(plain))
    await using http = openHttp()
    const response = await http.send(server.origin, { method: 'HEAD' })
    expect([response.headers['content-encoding'], await response.body.text()]).toEqual(['gzip', ''])
  })

  it('an empty body is empty', async () => {
    await using server = await serve('gzip', Buffer.alloc(0))
    await using http = openHttp()
    expect(await (await http.send(server.origin)).body.text()).toBe('')
  })

  describe.each(['at once', 'byte by byte'])('sent %s', (how) => {
    const small = Buffer.from('Grüße, '.repeat(20))
    const send = (body: Buffer, encoding: string) => serveSlowly(encoding, body, how === 'at once')

    it.each(['zstd'])('each frame of %s is read', async (encoding) => {
      const frames = ['one', '', 'two', 'three'].map((word) => encoders[encoding]!(Buffer.from(word)))
      const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2])
      const checked = zlib.zstdCompressSync('four', { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })
      await using server = await send(Buffer.concat([skippable, ...frames, skippable, checked]), encoding)
      await using http = openHttp()
      expect(await (await http.send(server.origin)).body.text()).toBe('onetwothreefour')
    })

    it.each(['gzip', 'deflate', 'br'])('what follows the data of %s is left out', async (encoding) => {
      await using server = await send(
        Buffer.concat([encoders[encoding]!(small), Buffer.from('garbage, garbage')]),
        encoding,
      )
      await using http = openHttp()
      expect(await (await http.send(server.origin)).body.text()).toBe(small.toString())
    })

    it('a gzip header with all its fields is read', async () => {
      const plainGzip = zlib.gzipSync(small)
      const fields = [
        Buffer.from([3, 0, 1, 2, 3]),
        Buffer.from('name\0'),
        Buffer.from('why\0'),
        Buffer.from([0, 0]),
      ]
      const head = Buffer.from(plainGzip.subarray(0, 10))
      head[3] = 2 | 4 | 8 | 16
      await using server = await send(Buffer.concat([head, ...fields, plainGzip.subarray(10)]), 'gzip')
      await using http = openHttp()
      expect(await (await http.send(server.origin)).body.text()).toBe(small.toString())
    })

    it.each([...Object.keys(encoders), 'raw deflate'])('%s that ends too early fails', async (name) => {
      const raw = name === 'raw deflate'
      const body = raw ? zlib.deflateRawSync(small) : encoders[name]!(small)
      for (const length of [1, 5, body.length >> 1, body.length - 1]) {
        await using server = await send(body.subarray(0, length), raw ? 'deflate' : name)
        await using http = openHttp()
        const error = await errorOf(http.send(server.origin).then((response) => response.body.text()))
        expect([length, error.code]).toEqual([length, 'ONEJAR_BAD_RESPONSE'])
      }
    })

    it('a second frame of zstd that ends too early, or is none, fails', async () => {
      const frame = zlib.zstdCompressSync(small)
      for (const rest of [frame.subarray(0, 3), frame.subarray(0, -2), Buffer.from('garbage')]) {
        await using server = await send(Buffer.concat([frame, rest]), 'zstd')
        await using http = openHttp()
        const error = await errorOf(http.send(server.origin).then((response) => response.body.text()))
        expect(error.code).toBe('ONEJAR_BAD_RESPONSE')
      }
    })
  })

  it('corrupt data fails while reading', async () => {
    const corrupt = zlib.gzipSync(plain)
    corrupt.fill(0xaa, 30)
    await using server = await serve('gzip', corrupt)
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect((await errorOf(response.body.text())).code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('data that is no gzip at all fails while reading', async () => {
    await using server = await serve('gzip', Buffer.from('<html>not gzip</html>'))
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect((await errorOf(response.body.text())).code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('a bomb is cut at the limit', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(16 << 20), { level: 1 })
    await using server = await serve('gzip', bomb)
    await using http = openHttp({ maxResponseBytes: 1 << 20 })
    const response = await http.send(server.origin)
    const error = await errorOf(response.body.text())
    expect([error.code, error.message.includes('1048576')]).toEqual(['ONEJAR_BODY_TOO_LARGE', true])
    await server.drained()
  })

  it('a reader that is slow holds the sender back', async () => {
    const noise = randomBytes(32 << 20)
    const body = zlib.gzipSync(noise, { level: 0 })
    let sent = 0
    await using server = await startHttpServer(async (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      for (let at = 0; at < body.length; at += 65_536) {
        sent = at
        if (!response.write(body.subarray(at, at + 65_536))) {
          await new Promise((resolve) => response.once('drain', resolve))
        }
      }
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(server.origin)
    const chunks: Buffer[] = []
    for await (const chunk of response.body) {
      if (chunks.length === 0) {
        // The reader waits: what can be on its way is bounded by the buffers between.
        let before = -1
        while (before !== sent) {
          before = sent
          for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        }
        expect(sent).toBeLessThan(body.length / 2)
      }
      chunks.push(chunk as Buffer)
    }
    expect(Buffer.concat(chunks).equals(noise)).toBe(true)
  })
})

it('asks for what it decodes', async () => {
  let asked: string | string[] | undefined
  await using server = await startHttpServer((request, response) => {
    asked = request.headers['accept-encoding']
    response.end()
  })
  await using http = openHttp()
  await (await http.send(server.origin)).body.dump()
  expect(asked).toBe('gzip, deflate, br, zstd')
})
