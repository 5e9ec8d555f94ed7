import { describe, expect, it } from 'vitest'
import { ownText, sharedName } from '../../../src/record/texts.ts'

describe.each(Object.entries({ ownText, sharedName }))('%s', (_, kept) => {
  it.each([
    '',
    'short',
    'thirteen char',
    'a text that is longer than a view',
    'bytes beyond ASCII: \x80 \xe9 \xff, zero \0',
    'a line\nand another one, \u2028 and a third',
    'beyond a byte: € and 😀, up to the end €',
    'half a pair \ud800, \udc00 is the other half',
    'n'.repeat(257),
  ])('leaves %j as it is', (text) => {
    expect(kept(text)).toBe(text)
    // Asked again, it may come from memory.
    expect(kept(text)).toBe(text)
  })

  it('leaves each as it is, however many there are', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `${kept.name} of many names ${i}`)
    expect(names.map(kept)).toEqual(names)
  })
})
