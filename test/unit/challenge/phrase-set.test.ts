import { describe, expect, it } from 'vitest'
import { PhraseSet } from '../../../src/challenge/phrase-set.ts'

describe('a set of phrases', () => {
  const set = new PhraseSet(['enable javascript to continue', 'cierpliwości…'])

  it('finds a phrase whatever parts its words', () => {
    expect(set.mayBeIn('please enable <b>javascript</b>&nbsp;to\ncontinue.')).toBe(true)
    expect(set.mayBeInBytes('please enable javascript<br>to <i>continue</i>')).toBe(true)
  })

  it('misses what lacks a word, or has them in another order', () => {
    expect(set.mayBeIn('enable javascript to go on')).toBe(false)
    expect(set.mayBeIn('to continue, javascript has to be enabled: enable it')).toBe(false)
    expect(set.mayBeInBytes('a guide to javascript')).toBe(false)
  })

  it('knows a letter beyond ASCII in any charset', () => {
    expect(set.mayBeIn('cierpliwości')).toBe(true)
    expect(set.mayBeInBytes('cierpliwo\x9cci')).toBe(true)
    expect(set.mayBeInBytes(Buffer.from('cierpliwości').toString('latin1'))).toBe(true)
    expect(set.mayBeInBytes('cierpliwosci')).toBe(false)
    // Twice: an expression that remembers where it was would miss the second.
    expect(set.mayBeInBytes('cierpliwo\x9cci')).toBe(true)
  })
})
