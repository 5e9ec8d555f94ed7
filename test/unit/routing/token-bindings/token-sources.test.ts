import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localWrite, SessionRecord } from '../../../../src/record/index.ts'
import { TokenSources } from '../../../../src/routing/token-bindings/index.ts'

const SITE = 'https://shop.example'
const PAGE = `${SITE}/account`

function sourcesOf(items: Readonly<Record<string, string>>): TokenSources {
  const record = new SessionRecord({ writer: 'w', clock: { now: () => 1_764_000_000_000 } })
  const writes = Object.entries(items).map(([key, value]) => localWrite(SITE, key, value))
  record.write(writes, { name: 'pages' })
  return new TokenSources(record)
}

describe('TokenSources.find', () => {
  it('finds a token however the page keeps it and writes it into the header', () => {
    const encode = encodeURIComponent
    const kept: Array<(token: string) => string> = [
      (token) => token,
      encode,
      (token) => JSON.stringify({ user: { token } }),
      (token) => encode(JSON.stringify({ token })),
      (token) => JSON.stringify({ persisted: JSON.stringify({ token: encode(token) }) }),
      (token) => `user:alice|token:${encode(token)}`,
      (token) => `token=${encode(encode(token))}&user=alice`,
      (token) => encode(`user=alice&token=${encode(token)}`),
    ]
    const prefixes = ['', 'Bearer ', 'Token token=', 'Token token="', 'token:', 'key:token=', 'Bearer: ']
    const character = fc.constantFrom(...'abcXYZ0189-._~+/=:!')
    const token = fc
      .array(character, { minLength: 8, maxLength: 40 })
      .map((characters) => characters.join(''))
    fc.assert(
      fc.property(token, fc.constantFrom(...kept), fc.constantFrom(...prefixes), (value, keep, prefix) => {
        const header = prefix + value + (prefix.endsWith('"') ? '"' : '')
        const sources = sourcesOf({ other: 'x', item: keep(value) })
        const made = sources
          .find(header, PAGE)
          .map(({ source, transform, template }) =>
            template.replace(
              '{}',
              () => sources.value({ source, transform, page: PAGE, learned: true }) ?? '',
            ),
          )
        expect(made).toContain(header)
      }),
    )
  })

  it('looks at the members of so much text only, and at whole items all the same', () => {
    const token = 'f3a81bc09d'
    const filler = (at: number) => JSON.stringify({ id: at, token, rest: 'x'.repeat(60_000) })
    const fillers = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, filler(at)]))
    const found = sourcesOf({ ...fillers, auth: token }).find(`Bearer ${token}`, PAGE)
    expect(found.map(({ source }) => 'key' in source && source.key)).toEqual(['k0', 'k1', 'k2', 'k3', 'auth'])
  })
})

describe('TokenSources.value', () => {
  const tokenOf = (item: string, learned: boolean) =>
    sourcesOf({ item }).value({
      source: { kind: 'local', origin: SITE, key: 'item', path: [] },
      transform: 'raw',
      page: PAGE,
      learned,
    })

  it('takes what was declared as it is, and of what was learned only what can be a token', () => {
    for (const item of ['42', 'abc', 'two words']) {
      expect([tokenOf(item, false), tokenOf(item, true)]).toEqual([item, undefined])
    }
    for (const item of ['', ' a', 'a\r\nb: c', '\u00e9', 'x'.repeat(8193)]) {
      expect(tokenOf(item, false)).toBeUndefined()
    }
  })
})
