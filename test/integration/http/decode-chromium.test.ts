import zlib from 'node:zlib'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { openHttp } from './fixture.ts'

const text = 'Grüße, '.repeat(500)
const more = Buffer.from('more')
const garbage = Buffer.from('garbage, garbage')
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2])
const wrongChecksum = zlib.gzipSync(text)
wrongChecksum[wrongChecksum.length - 5]! ^= 0xff
const wrongAdler = zlib.deflateSync(text)
wrongAdler[wrongAdler.length - 1]! ^= 0xff

/** Whole bodies, and what may follow them. What ends too early is an error here, and not in Chromium. */
const CASES: Readonly<Record<string, readonly [encoding: string, body: Buffer]>> = {
  'two members of gzip': ['gzip', Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(more)])],
  'gzip and garbage': ['gzip', Buffer.concat([zlib.gzipSync(text), garbage])],
  'gzip and zeros': ['gzip', Buffer.concat([zlib.gzipSync(text), Buffer.alloc(20)])],
  'gzip with a wrong checksum': ['gzip', wrongChecksum],
  'no gzip': ['gzip', garbage],
  'two of deflate': ['deflate', Buffer.concat([zlib.deflateSync(text), zlib.deflateSync(more)])],
  'deflate and garbage': ['deflate', Buffer.concat([zlib.deflateSync(text), garbage])],
  'deflate with a wrong checksum': ['deflate', wrongAdler],
  'raw deflate': ['deflate', zlib.deflateRawSync(text)],
  'raw deflate and garbage': ['deflate', Buffer.concat([zlib.deflateRawSync(text), garbage])],
  'two of brotli': ['br', Buffer.concat([zlib.brotliCompressSync(text), zlib.brotliCompressSync(more)])],
  'brotli and garbage': ['br', Buffer.concat([zlib.brotliCompressSync(text), garbage])],
  'two frames of zstd': ['zstd', Buffer.concat([zlib.zstdCompressSync(text), zlib.zstdCompressSync(more)])],
  'zstd among skippable frames': ['zstd', Buffer.concat([skippable, zlib.zstdCompressSync(text), skippable])],
  'zstd and garbage': ['zstd', Buffer.concat([zlib.zstdCompressSync(text), garbage])],
  'no zstd': ['zstd', garbage],
}

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

it.each(Object.entries(CASES))('%s is read as Chromium reads it', async (_name, [encoding, body]) => {
  await using server = await startHttpServer((request, response) => {
    if (request.url === '/') response.end('<!doctype html>')
    else response.writeHead(200, { 'content-encoding': encoding }).end(body)
  })
  await using http = openHttp()
  const page = await browser.newPage()
  await page.goto(server.origin)
  const wanted = await page.evaluate(() =>
    fetch('/body')
      .then((got) => got.text())
      .catch(() => 'error'),
  )
  await page.close()
  const got = await http
    .send(`${server.origin}/body`)
    .then((response) => response.body.text())
    .catch(() => 'error')
  expect(got).toBe(wanted)
})
