import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memberAt, textMembers } from '../../../../src/routing/token-bindings/text-members.ts'
import { cpuTimeMs } from '../../../support/cpu-time.ts'

const pathsOf = (text: string) => textMembers(text).map(({ path, text: found }) => [path.join('.'), found])

describe('textMembers', () => {
  it('finds the item itself, and every text in the JSON that it is', () => {
    expect(pathsOf('plain')).toEqual([['', 'plain']])
    expect(pathsOf('"quoted"')).toEqual([['', 'quoted']])
    expect(pathsOf('{"a":{"b":["x","y"]},"n":1,"z":null}')).toEqual([
      ['', '{"a":{"b":["x","y"]},"n":1,"z":null}'],
      ['a.b.0', 'x'],
      ['a.b.1', 'y'],
    ])
  })

  it('looks into JSON that is a text within JSON', () => {
    const inner = JSON.stringify({ token: 'deep' })
    const found = textMembers(JSON.stringify({ persisted: inner }))
    expect(found.at(-1)).toEqual({ path: ['persisted', 'token'], text: 'deep' })
  })

  it('is bounded: depth, members, and the size of a text', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50)}"x"${'}'.repeat(50)}`)
    expect(Math.max(...textMembers(JSON.stringify(deep)).map(({ path }) => path.length))).toBeLessThanOrEqual(
      8,
    )
    const wide = JSON.stringify(Array.from({ length: 20_000 }, () => 'x'))
    expect(wide.length).toBeLessThan(256 * 1024)
    expect(textMembers(wide).length).toBeLessThanOrEqual(2_000)
    expect(textMembers(JSON.stringify({ big: 'x'.repeat(300_000) }))).toHaveLength(1)
  })

  it.each(['{', '[1,', '{"a":}', '', '"', '"\\"', '{}', '[]', 'null', '{"a":"\\u0000"}'])(
    'takes %j as it is',
    (text) => {
      expect(() => textMembers(text)).not.toThrow()
    },
  )

  it.each([
    ['2258:Z3Vlc3Q%3D|34e2:overview', { '2258': 'Z3Vlc3Q=', '34e2': 'overview' }],
    ['user=alice&token=a%26b&flag', { user: 'alice', token: 'a&b' }],
    ['token=QQ==; user=x', { token: 'QQ==', user: 'x' }],
    ['a=1,b=2', { a: '1', b: '2' }],
    ['token:only', { token: 'only' }],
    ['token=first&token=second', { token: 'first' }],
    ['token=100%&other=x', { token: '100%', other: 'x' }],
    ['user%3Dalice%26token%3Dxyz', { user: 'alice', token: 'xyz' }],
    ['%7B%22token%22%3A%22x%22%7D', { token: 'x' }],
    ['{%22token%22:%22x%22%2C%22n%22:%22y%22}', { token: 'x', n: 'y' }],
    ['__proto__=x', { ['__proto__']: 'x' }],
  ])('finds the members of %s', (text, members) => {
    expect(textMembers(text).slice(1)).toEqual(
      Object.entries(members).map(([name, found]) => ({ path: [name], text: found })),
    )
  })

  it('looks into what a member holds: JSON, and pairs', () => {
    expect(pathsOf('j%3A%7B%22auth%22%3A%7B%22token%22%3A%22x%22%7D%7D').at(-1)).toEqual([
      'j.auth.token',
      'x',
    ])
    expect(pathsOf(`state={"a":"x","b":"y"}`).slice(2)).toEqual([
      ['state.a', 'x'],
      ['state.b', 'y'],
    ])
    expect(pathsOf(JSON.stringify({ auth: 'user=alice&token=x' })).slice(2)).toEqual([
      ['auth.user', 'alice'],
      ['auth.token', 'x'],
    ])
  })

  it.each([
    'plain',
    'abc|def|ghi',
    'https://shop.example/?token=x&user=y',
    '<p class="x">',
    'a sentence: with words',
    '=x',
    'a{}=x',
    'e3b0c44298fc1c149afb=x',
    `${'n'.repeat(65)}=x`,
  ])('finds no member that could be a token in %s', (text) => {
    expect(
      textMembers(text)
        .slice(1)
        .map(({ text: found }) => found)
        .filter((found) => found === 'x' || found === 'y' || found === 'def'),
    ).toEqual([])
  })

  it('is bounded in pairs: their number, and the size of a list', () => {
    const many = Array.from({ length: 101 }, (_, at) => `n${at}=x`).join('&')
    expect(textMembers(many).map(({ path }) => path)).toEqual([[], ['n0']])
    expect(textMembers(`token=x&rest=${'y'.repeat(16 * 1024)}`)).toHaveLength(1)
  })

  it.each([
    ['separators', '|'.repeat(16_000)],
    ['spaces', ` a${' '.repeat(16_000)}`],
    ['names without a value', 'a&'.repeat(8_000)],
    ['pairs in pairs', 'a='.repeat(8_000)],
    ['escapes in escapes', `a=%${'25'.repeat(8_000)}`],
    ['a broken escape at the end', `a=${'%41'.repeat(5_000)}%`],
    ['lists in JSON', JSON.stringify(Array.from({ length: 14 }, () => `${'a=1&'.repeat(4_000)}b=2`))],
  ])('takes no longer for hostile texts than for others: %s', (_, text) => {
    const started = cpuTimeMs()
    textMembers(text)
    expect(cpuTimeMs() - started).toBeLessThan(1_000)
  })

  it('gives paths at which memberAt finds the same text', () => {
    const json = fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value))
    const part = fc.constantFrom(
      'a',
      'b1',
      ':',
      '=',
      '|',
      '&',
      ';',
      ',',
      '%',
      '%3D',
      '%26',
      '%7B',
      '{',
      '"',
      ' ',
    )
    const pairs = fc.array(part, { maxLength: 24 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(json, pairs), (text) => {
        for (const member of textMembers(text)) expect(memberAt(text, member.path)).toBe(member.text)
      }),
    )
  })
})

describe('memberAt', () => {
  it('is undefined where there is no text any more', () => {
    expect(memberAt('{"a":"x"}', ['b'])).toBeUndefined()
    expect(memberAt('{"a":1}', ['a'])).toBeUndefined()
    expect(memberAt('plain', ['a'])).toBeUndefined()
    expect(memberAt('{"a":"x"}', ['a', 'b'])).toBeUndefined()
  })

  it('finds own members only', () => {
    expect(memberAt('{}', ['constructor', 'name'])).toBeUndefined()
    expect(memberAt('{}', ['__proto__'])).toBeUndefined()
    // A function’s name would be a text.
    expect(memberAt('[]', ['constructor', 'name'])).toBeUndefined()
    expect(memberAt('[]', ['length'])).toBeUndefined()
  })
})
