import { describe, expect, it } from 'vitest'
import { isBoundedJson } from '../../../../src/record/codecs/bounded-json.ts'

const nested = (levels: number, wrap: (inner: unknown) => unknown) =>
  Array.from({ length: levels }).reduce<unknown>(wrap, 1)
const MIB = 1024 * 1024

describe('isBoundedJson', () => {
  it.each([
    [null],
    [true],
    ['text'],
    [0.5],
    [{ a: [1, 'x', null, true, { b: {} }] }],
    [Object.assign(Object.create(null), { a: 1 })],
  ])('takes %j', (value) => {
    expect(isBoundedJson(value)).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['a big integer', 1n],
    ['a function', () => 1],
    ['no number', Number.NaN],
    ['infinity in a list', [Number.POSITIVE_INFINITY]],
    ['a member without a value', { a: undefined }],
    ['a symbol', [Symbol('x')]],
  ])('refuses %s', (_, value) => {
    expect(isBoundedJson(value)).toBe(false)
  })

  it.each<[string, (inner: unknown) => unknown]>([
    ['lists', (inner) => [inner]],
    ['objects', (inner) => ({ a: inner })],
  ])('takes a hundred levels of %s', (_, wrap) => {
    expect(isBoundedJson(nested(100, wrap))).toBe(true)
    expect(isBoundedJson(nested(101, wrap))).toBe(false)
    expect(isBoundedJson(nested(50_000, wrap))).toBe(false)
  })

  it('refuses a cycle', () => {
    const list: unknown[] = []
    list.push(list)
    const object: Record<string, unknown> = {}
    object['a'] = object
    expect([isBoundedJson(list), isBoundedJson(object)]).toEqual([false, false])
  })

  it('takes two million values', () => {
    const values = Array.from({ length: 1_999_999 }, () => 0)
    expect(isBoundedJson(values)).toBe(true)
    values.push(0)
    expect(isBoundedJson(values)).toBe(false)
  })

  it('takes 64 Mi characters, keys and values together', () => {
    const half = 'x'.repeat(32 * MIB)
    expect(isBoundedJson([half, half])).toBe(true)
    expect(isBoundedJson([half, half, 'x'])).toBe(false)
    expect(isBoundedJson({ [half]: half })).toBe(true)
    expect(isBoundedJson({ [half]: half, x: 0 })).toBe(false)
  })
})
