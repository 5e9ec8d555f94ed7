import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readHttpMessage } from '../../../src/cli/explain/http-message.ts'

const read = (text: string) => readHttpMessage(Buffer.from(text, 'latin1'))

describe('a recorded response', () => {
  it('is a head, an empty line and a body, whatever ends the lines', () => {
    const wanted = { status: 403, headers: [['A', 'b: c']], body: Buffer.from('one\r\n\r\ntwo') }
    expect(read('HTTP/1.1 403 Forbidden\r\nA: b: c\r\n\r\none\r\n\r\ntwo')).toEqual(wanted)
    expect(read('HTTP/2 403 \nA:b: c\n\none\r\n\r\ntwo')).toEqual(wanted)
  })

  it('may have no headers and no body', () => {
    expect(read('HTTP/1.1 204 No Content\r\n')).toEqual({ status: 204, headers: [], body: Buffer.alloc(0) })
    expect(read('HTTP/2 200')).toMatchObject({ status: 200, headers: [] })
  })

  it('is the last of several', () => {
    const redirected =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nlocation: /\r\n\r\nHTTP/1.1 200 OK\r\nb: 1\r\n\r\nbody'
    expect(read(redirected)).toMatchObject({ status: 200, headers: [['b', '1']], body: Buffer.from('body') })
    expect(read('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 is a protocol').status).toBe(200)
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('that came as %s is decoded', (encoding, compress) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n\r\n`
    const bytes = Buffer.concat([Buffer.from(head), compress(Buffer.from('plain'))])
    expect(readHttpMessage(bytes).body.toString()).toBe('plain')
    // curl --compressed keeps the header.
    expect(read(`${head}plain`).body.toString()).toBe('plain')
  })

  it('does not grow without bounds', () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const bytes = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n'), bomb])
    expect(readHttpMessage(bytes).body.length).toBe(bomb.length)
  })

  it.each([
    ['', 'status line'],
    ['<html>', 'status line'],
    ['HTTP/1.1 OK\r\n\r\n', 'status line'],
    ['HTTP/1.1 200 OK\r\n<html>\r\n\r\n', 'line 2 is no header'],
  ])('%j is none', (text, why) => {
    expect(() => read(text)).toThrow(why)
  })
})
