import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

let home: CliHome
beforeEach(() => {
  home = new CliHome()
})
afterEach(() => home.remove())

const SPACED = '# Netscape HTTP Cookie File\n.shop.test TRUE / TRUE 4102444800 sid s1\n'

describe('onejar import', () => {
  it('takes the session as a flag, and says which form the file was taken for', async () => {
    const file = home.file('cookies.json')
    const list = [
      {
        name: 'sid',
        value: 's1',
        domain: '.shop.test',
        expirationDate: 4_102_444_800.5,
        hostOnly: false,
        secure: true,
      },
      { name: 'old', value: 'o', domain: 'shop.test', expirationDate: 1, hostOnly: true },
    ]
    writeFileSync(file, JSON.stringify(list))
    const { code, err } = await home.run(['import', file, '--session', 'alice'])
    expect(code).toBe(0)
    expect(err).toBe(
      'onejar: [1]: it has expired\nonejar: 1 cookies and 0 origins taken (extension); 1 left out\n',
    )
    const { out } = await home.run(['sessions', 'show', 'alice', '--json'])
    expect(JSON.parse(out).cookies).toMatchObject([{ name: 'sid', domain: 'shop.test', hostOnly: false }])
  })

  it('fails when nothing was taken', async () => {
    for (const [text, why] of [
      [SPACED, 'none of 1 entries could be used'],
      ['', 'there is no cookie and no storage in it'],
      ['{"cookies":[],"origins":[]}', 'there is no cookie and no storage in it'],
      ['<!doctype html>', 'none of 1 entries could be used'],
    ] as const) {
      const { code, err } = await home.run(['import', 'alice', '-'], { input: text })
      expect([text, code]).toEqual([text, 108])
      expect(err).toContain(why)
    }
  })

  it('names some places of many for one reason', async () => {
    const { err } = await home.run(['import', 'alice', '-'], { input: 'x\n'.repeat(1000) })
    expect(err).toContain(
      'line 1, line 2, line 3, line 4, line 5 and 995 more: it has 1 tab-separated fields',
    )
    expect(err.split('\n')).toHaveLength(4)
  })

  it('knows the site of a header dump by --url', async () => {
    const input = 'HTTP/1.1 200 OK\r\nSet-Cookie: sid=s1\r\n\r\n'
    const without = await home.run(['import', 'alice', '-'], { input })
    expect(without.code).toBe(108)
    const given = await home.run(['import', 'alice', '-', '--url', 'https://shop.test/'], { input })
    expect([given.code, given.err]).toEqual([0, 'onejar: 1 cookies and 0 origins taken (headers)\n'])
  })
})

describe('onejar fetch -b FILE', () => {
  it('sends the cookies of a header dump, and says what it did not take', async () => {
    await using server = await startHttpServer((request, response) =>
      response.end(request.headers.cookie ?? 'none'),
    )
    const [dump, spaced] = [home.file('dump'), home.file('spaced')]
    writeFileSync(
      dump,
      'HTTP/1.1 200 OK\r\nSet-Cookie: sid=s1; Domain=127.0.0.1; Path=/\r\nSet-Cookie: b=2\r\n\r\n',
    )
    writeFileSync(spaced, SPACED)
    const first = await home.run(['fetch', '-b', dump, server.origin])
    expect([first.code, first.out, first.err]).toEqual([0, 'sid=s1; b=2', ''])
    const second = await home.run(['fetch', '-b', spaced, server.origin])
    expect([second.code, second.out]).toEqual([0, 'none'])
    expect(second.err).toContain(`${spaced}: line 2: its fields are separated by spaces`)
    expect(second.err).toContain(`Nothing was taken from ${spaced}`)
    expect((await home.run(['fetch', '-s', '-b', spaced, server.origin])).err).toBe('')
  })

  it('reads jars that wget wrote, with a port', async () => {
    await using server = await startHttpServer((request, response) =>
      response.end(request.headers.cookie ?? 'none'),
    )
    const { port } = new URL(server.origin)
    const input = `# HTTP Cookie File\n127.0.0.1:${port}\tFALSE\t/\tFALSE\t0\tsid\ts1\n`
    const { code, out, err } = await home.run(['fetch', '-b', '-', server.origin], { input })
    expect([code, out, err]).toEqual([0, 'sid=s1', ''])
  })
})
