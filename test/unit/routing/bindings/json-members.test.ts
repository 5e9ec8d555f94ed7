import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memberAt, textMembers } from '../../../../src/routing/bindings/json-members.ts'

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

  it('gives paths at which memberAt finds the same text', () => {
    const json = fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value))
    fc.assert(
      fc.property(json, (text) => {
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
