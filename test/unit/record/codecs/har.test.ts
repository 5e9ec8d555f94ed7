import { describe, expect, it } from 'vitest'
import { fromHar } from '../../../../src/record/codecs/har.ts'
import { importOptions, NOW_MS } from './a-cookie.ts'

interface Parts {
  readonly url?: string
  readonly started?: string
  readonly sent?: readonly unknown[]
  readonly headers?: readonly unknown[]
  readonly set?: readonly unknown[]
}
const entry = ({ url = 'https://www.shop.test/x', started, sent = [], headers = [], set = [] }: Parts) => ({
  ...(started === undefined ? {} : { startedDateTime: started }),
  request: { url, cookies: sent },
  response: { headers, cookies: set },
})
const line = (value: string, name = 'Set-Cookie') => ({ name, value })
function read(...entries: unknown[]) {
  const { cookies, problems, leftOut } = fromHar({ log: { entries } }, importOptions())
  return {
    cookies,
    names: cookies.map(({ name, value, domain }) => `${name}=${value}@${domain}`),
    problems,
    leftOut,
  }
}

describe('the cookies of a HAR file', () => {
  it('are those after the last answer', () => {
    const got = read(
      entry({
        headers: [
          line('a=1; Path=/'),
          line('b=1; Path=/\nc=1; Path=/', 'set-cookie'),
          line('d=1', 'x-set-cookie'),
        ],
      }),
      entry({ headers: [line('a=2; Path=/'), line('b=; Max-Age=0; Path=/')] }),
    )
    expect(got).toMatchObject({ names: ['c=1@www.shop.test', 'a=2@www.shop.test'] })
    expect(got.problems).toEqual([{ at: 'entries[1].response.headers', why: 'it has expired' }])
  })

  it('count from when their answer came, and never from later than now', () => {
    const at = (started?: string) =>
      read(
        entry({ ...(started === undefined ? {} : { started }), headers: [line('a=1; Max-Age=3600')] }),
      ).cookies.map(({ expiresAt }) => (expiresAt! - NOW_MS) / 60_000)
    expect(at('2025-12-31T23:30:00.000Z')).toEqual([30])
    expect(at('2026-01-01T00:30:00.000Z')).toEqual([60])
    expect(at('soon')).toEqual([60])
    expect(at()).toEqual([60])
  })

  it('are those that the tool has parsed, where it left the headers out', () => {
    const parsed = { name: 'p', value: '1', domain: '.shop.test', path: '/' }
    expect(read(entry({ set: [parsed, { name: 'q', value: '2' }] })).names).toEqual([
      'p=1@shop.test',
      'q=2@www.shop.test',
    ])
    expect(read(entry({ headers: [line('a=1')], set: [parsed] })).names).toEqual(['a=1@www.shop.test'])
    expect(read(entry({ set: [{ value: 'x' }] })).problems).toEqual([
      { at: 'entries[0].response.cookies[0]', why: expect.stringContaining('name') },
    ])
  })

  it('that only requests show are host-only session cookies', () => {
    const got = read(
      entry({ sent: [{ name: 's', value: 'old' }, { name: 5 }] }),
      entry({ sent: [{ name: 's', value: '1', more: 1 }] }),
    )
    expect(got.cookies).toMatchObject([
      {
        name: 's',
        value: '1',
        domain: 'www.shop.test',
        hostOnly: true,
        secure: true,
        expiresAt: null,
        path: '/',
      },
    ])
    expect(got.problems).toEqual([
      {
        at: 'entries[1].request.cookies[0]',
        why: expect.stringContaining('only its name and value are known'),
      },
    ])
    expect(got.leftOut).toBeUndefined()
  })

  it('that were sent are not taken again where an answer set them', () => {
    const sent = [{ name: 's', value: 'sent' }]
    expect(read(entry({ sent }), entry({ headers: [line('s=1')] })).names).toEqual(['s=1@www.shop.test'])
    expect(read(entry({ sent }), entry({ headers: [line('s=1; Domain=shop.test')] })).names).toEqual([
      's=1@shop.test',
    ])
    expect(read(entry({ sent }), entry({ headers: [line('t=1')] })).names).toEqual([
      't=1@www.shop.test',
      's=sent@www.shop.test',
    ])
    // That of another host, though its name ends the same, is another one.
    for (const url of ['https://shop.test/', 'https://w.shop.test/', 'https://op.test/'])
      expect(
        read(entry({ sent, url: 'https://shop.test/' }), entry({ url, headers: [line('s=1')] })).names,
      ).toEqual(
        url === 'https://shop.test/'
          ? ['s=1@shop.test']
          : [`s=1@${new URL(url).hostname}`, 's=sent@shop.test'],
      )
    expect(
      read(entry({ sent: [{ name: 'ü', value: 'sent' }] }), entry({ headers: [line('ü=1')] })).names,
    ).toEqual(['\xc3\xbc=1@www.shop.test'])
  })

  it('are left where an entry has another form', () => {
    const got = read(
      5,
      { request: {} },
      entry({ url: 'no url' }),
      { request: { url: 'https://a.test/' }, response: {} },
      entry({ headers: [5, line('a=1')] }),
    )
    expect(got.names).toEqual(['a=1@www.shop.test'])
    expect(got.problems).toEqual(
      [0, 1, 2].map((at) => ({ at: `entries[${at}]`, why: 'it is not of the form of a HAR entry' })),
    )
    expect(got.leftOut).toBe(3)
  })

  it.each([[5], [{}], [{ log: {} }], ['{"log":{"entries":5}}'], ['HAR']])('are none in %j', (file) => {
    expect(() => fromHar(file, importOptions())).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT', message: expect.stringContaining('HAR file') }),
    )
  })
})
