import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

const CANARY = 'canary-51c2'
const COOKIES = `# Netscape HTTP Cookie File\nshop.test\tFALSE\t/\tFALSE\t0\tsid\t${CANARY}\n`

let home: CliHome
beforeEach(() => {
  home = new CliHome()
})
afterEach(() => home.remove())

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)
const importCookies = () => home.run(['import', 'alice', '-'], { input: COOKIES })

describe('files that the command line writes', () => {
  it('closes an export to others, whatever the file was before', async () => {
    await importCookies()
    const out = home.file('out.txt')
    for (const format of ['netscape', 'playwright', 'json', 'cdp']) {
      writeFileSync(out, 'before')
      chmodSync(out, 0o644)
      const { code } = await home.run(['export', 'alice', '--format', format, '-o', out])
      expect([code, modeOf(out)]).toEqual([0, '600'])
      expect(readFileSync(out, 'utf8')).toContain(CANARY)
    }
  })

  it('writes through no link', async () => {
    await importCookies()
    const [target, link] = [home.file('target'), home.file('link')]
    writeFileSync(target, 'before')
    symlinkSync(target, link)
    const exported = await home.run(['export', 'alice', '-o', link])
    expect(exported.code).toBe(23)
    expect(exported.err).toContain('it is a symbolic link: name a regular file')
    await using server = await startHttpServer((_, response) => response.end('body'))
    const fetched = await home.run(['fetch', '-o', link, server.origin])
    expect(fetched.code).toBe(23)
    expect(readFileSync(target, 'utf8')).toBe('before')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
  })

  it('writes to what a shell means by stdout and nowhere', async () => {
    await using server = await startHttpServer((_, response) => response.end('body'))
    const [shown, dropped] = await Promise.all([
      home.run(['fetch', '-o', '/dev/stdout', server.origin]),
      home.run(['fetch', '-o', '/dev/null', '-w', '%{http_code}', server.origin]),
    ])
    expect([shown.code, shown.out]).toEqual([0, 'body'])
    expect([dropped.code, dropped.out]).toEqual([0, '200'])
  })

  it('leaves a file as it was when a body breaks off', async () => {
    const out = home.file('out')
    writeFileSync(out, 'before')
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    expect((await home.run(['fetch', '-o', out, server.origin])).code).not.toBe(0)
    expect(readFileSync(out, 'utf8')).toBe('before')
    expect(readdirSync(home.path).filter((name) => name.startsWith('.out'))).toEqual([])
  })

  it('closes a store that was open to others, with what is beside it', async () => {
    const store = home.file('own.db')
    await home.run(['import', '--store', store, 'alice', '-'], { input: COOKIES })
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(`${store}${suffix}`)) chmodSync(`${store}${suffix}`, 0o666)
    }
    await home.run(['import', '--store', store, 'bob', '-'], { input: COOKIES })
    const open = readdirSync(home.path).filter((name) => modeOf(home.file(name)) !== '600')
    expect(open).toEqual([])
  })
})

describe('files that cannot be written', () => {
  it.each(['--har', '--report', '-c', '-D'])('are found before anything is sent: %s', async (flag) => {
    let requests = 0
    await using server = await startHttpServer((_request, response) => {
      requests++
      response.end()
    })
    const file = home.file('nowhere/file')
    const { code, out, err } = await home.run(['fetch', flag, file, server.origin])
    expect([code, out]).toEqual([23, ''])
    expect(err).toBe(`onejar: ${file} cannot be written (ENOENT)\n`)
    expect(requests).toBe(0)
    expect((await home.run(['fetch', flag, home.path, server.origin])).code).toBe(23)
    expect(requests).toBe(0)
  })

  it('are named where the disk is full', async () => {
    await using server = await startHttpServer((_request, response) => response.end('body'))
    for (const args of [
      ['-o', '/dev/full'],
      ['-c', '/dev/full'],
      ['-D', '/dev/full'],
    ]) {
      const { code, err } = await home.run(['fetch', ...args, server.origin])
      expect([code, err]).toEqual([23, 'onejar: /dev/full cannot be written (ENOSPC)\n'])
    }
  })

  it('are an error of the output where a recording finds no room at its end', async () => {
    const folder = home.file('goes')
    mkdirSync(folder)
    await using server = await startHttpServer((_request, response) => {
      rmSync(folder, { recursive: true })
      response.end('body')
    })
    const { code, err } = await home.run(['fetch', '--har', `${folder}/a.har`, server.origin])
    expect([code, err]).toEqual([23, `onejar: ${folder}/a.har cannot be written (ENOENT)\n`])
  })
})

describe('a trail that is none', () => {
  it.each([['a list of things\nand more\n'], ['{"a":1}\n'], ['words']])(
    'is named by tail: %j',
    async (text) => {
      const file = home.file('list.txt')
      writeFileSync(file, text)
      const { code, out, err } = await home.run(['audit', 'tail', file])
      expect([code, out]).toEqual([108, ''])
      expect(err).toBe(`onejar: ${file} is no audit trail of Onejar\n`)
    },
  )

  it.each([[''], ['{"at":"2026-']])('may be one that has just begun: %j', async (text) => {
    const file = home.file('trail.jsonl')
    writeFileSync(file, text)
    expect(await home.run(['audit', 'tail', file])).toMatchObject({ code: 0, out: '', err: '' })
  })
})

describe('files that the command line reads', () => {
  it('waits for no pipe and reads no device', async () => {
    const pipe = home.file('pipe')
    execFileSync('mkfifo', [pipe])
    for (const args of [
      ['import', 'alice', pipe],
      ['import', 'alice', '/dev/zero'],
      ['fetch', '-b', pipe, 'http://127.0.0.1:9/'],
      ['fetch', '-d', `@${pipe}`, 'http://127.0.0.1:9/'],
      ['explain', pipe],
      ['serve', '--token-file', pipe, '--port', '0'],
    ]) {
      const { code, err } = await home.run(args)
      expect([args[0], code]).toEqual([args[0], 26])
      expect(err).toContain('not a regular file')
    }
  })

  it('reads what the shell opened for it', async () => {
    const { code, err } = await home.shell(
      `ONEJAR_HOME=${home.path} onejar import alice <(printf 'shop.test\\tFALSE\\t/\\tFALSE\\t0\\ta\\tb\\n')`,
    )
    expect([code, err]).toEqual([0, 'onejar: 1 cookies and 0 origins taken (netscape)\n'])
  })

  it('takes keys from no pipe, no device and nobody else', async () => {
    const key = home.file('onejar.db.key')
    execFileSync('mkfifo', [key])
    expect((await importCookies()).err).toContain('it is a pipe, not a regular file')
    execFileSync('rm', [key])
    symlinkSync('/dev/zero', key)
    const { code, err } = await importCookies()
    expect([code, err]).toEqual([107, expect.stringContaining('it is a device, not a regular file')])
    execFileSync('rm', [key])
    writeFileSync(key, generateKey(), { mode: 0o600 })
    if (process.geteuid?.() !== 0) return
    chownSync(key, 12_345, 12_345)
    expect((await importCookies()).err).toContain('belongs to another user (uid 12345)')
  })
})

describe('what a site writes to the terminal', () => {
  it('is printable, the reason phrase too', async () => {
    const server = createServer((socket) => {
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 404 \x1b]0;owned\x07\x1b[2Jgone\r\nX-Name: \xc3\xa9\xc2\x9b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
          'latin1',
        ),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    try {
      for (const flags of [['-f'], ['-i'], ['-I'], ['-v'], ['-v', '-f', '--reveal']]) {
        const { out, err } = await home.run(['fetch', '--no-escalate', ...flags, url])
        expect([flags, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(out + err)]).toEqual([flags, false])
        expect(out + err).toContain('gone')
      }
    } finally {
      server.close()
    }
  })
})
