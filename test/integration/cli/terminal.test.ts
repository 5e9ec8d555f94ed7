import { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

const home = new CliHome()
let server: TestServer

beforeAll(async () => {
  server = await startHttpServer((request, response) => {
    response.setHeader('content-type', request.url === '/bytes' ? 'application/octet-stream' : 'text/plain')
    if (request.url === '/missing') response.writeHead(404)
    response.end(request.url === '/bytes' ? Buffer.from([0xff, 0, 1]) : 'body')
  })
  await home.run(['fetch', '--session', 'alice', server.origin])
})
afterAll(async () => {
  await server.close()
  home.remove()
})

class Screen extends Writable {
  readonly isTTY: boolean
  text = ''

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** Runs a command line with both streams on a terminal, or in a pipe. */
async function onScreen(args: readonly string[], isTTY: boolean, more: Record<string, string> = {}) {
  const [stdout, stderr] = [new Screen(isTTY), new Screen(isTTY)]
  const before = process.env
  process.env = { ...before, ONEJAR_HOME: home.path, TERM: 'xterm', NO_COLOR: '', ...more }
  try {
    const code = await main(args, { stdin: Readable.from([]), stdout, stderr, env: process.env })
    return { code, out: stdout.text, err: stderr.text }
  } finally {
    process.env = before
  }
}

const ESCAPE = /\x1b\[/

describe('a terminal', () => {
  it('gets colours, a pipe none, and NO_COLOR takes them away', async () => {
    for (const args of [
      ['sessions', 'ls'],
      ['fetch', '--retry', '0', 'http://127.0.0.1:1/'],
    ]) {
      const shown = async (isTTY: boolean, env = {}) => {
        const { out, err } = await onScreen(args, isTTY, env)
        return ESCAPE.test(out + err)
      }
      expect([args, await shown(true)]).toEqual([args, true])
      expect([args, await shown(false)]).toEqual([args, false])
      expect([args, await shown(true, { NO_COLOR: '1' })]).toEqual([args, false])
      expect([args, await shown(true, { TERM: 'dumb' })]).toEqual([args, false])
    }
  })

  it('sees how far a long download is, on a line that goes away', async () => {
    await using slow = await startHttpServer((_, response) => response.end(Buffer.alloc(60_000)))
    const args = ['fetch', '--limit-rate', '40K', '-o', home.file('slow'), slow.origin]
    const shown = await onScreen(args, true)
    expect(shown.err).toMatch(/\r\x1b\[Khttp:\S+ \d+% \d+\.\d kB .*\/s/)
    expect(shown.err).toMatch(/\r\x1b\[K$/)
    expect((await onScreen(args, false)).err).toBe('')
    expect((await onScreen(['fetch', '-s', ...args.slice(1)], true)).err).toBe('')
  })
})

describe('what programs get', () => {
  it('is a line of JSON for each URL with --as-json', async () => {
    const { code, out } = await home.run([
      ...['fetch', '--as-json', '--retry', '0', '-s'],
      ...[
        `${server.origin}/text`,
        `${server.origin}/bytes`,
        `${server.origin}/missing`,
        'http://127.0.0.1:1/',
      ],
    ])
    expect(code).toBe(7)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { asked: `${server.origin}/text`, status: 200, via: 'http', verdict: 'ok', text: 'body' },
      { status: 200, base64: Buffer.from([0xff, 0, 1]).toString('base64') },
      { status: 404, text: 'body' },
      { asked: 'http://127.0.0.1:1/', error: { code: 'ONEJAR_NETWORK', exitCode: 7 } },
    ])
  })

  it.each([
    [['sessions', 'rm', 'gone', '--json'], 1, null],
    [['export', 'gone', '--json'], 1, null],
    [['import', 'x', '/nowhere', '--json'], 26, null],
    [['audit', 'verify', '--json', '/nowhere'], 26, null],
  ])('%j says an error as JSON on stderr', async (args, exitCode, code) => {
    const { code: ended, err } = await home.run(args)
    expect(ended).toBe(exitCode)
    expect(JSON.parse(err.trim().split('\n').at(-1)!)).toMatchObject({ error: { code, exitCode } })
  })

  it('is the result of what changes something, too', async () => {
    await home.run(['fetch', '--session', 'bob', server.origin])
    const parsed = async (...args: string[]) => JSON.parse((await home.run([...args, '--json'])).out)
    expect(await parsed('sessions', 'unblock', 'bob', server.origin)).toEqual({
      session: 'bob',
      origin: server.origin,
      wasBlocked: false,
    })
    expect(await parsed('sessions', 'rm', 'bob')).toEqual({ removed: ['bob'] })
    expect(await parsed('sessions', 'purge')).toEqual({ sessions: 0, entries: 0 })
    expect(Buffer.from((await parsed('keys', 'generate')).key, 'base64url')).toHaveLength(32)
    expect(await parsed('keys', 'rotate')).toMatchObject({ unreadable: 0 })
  })
})
