import { describe, expect, it } from 'vitest'
import { disabling } from '../../../src/browser/launch/unseen-windows.ts'

describe('the features that a browser is started without', () => {
  it('stand in one switch, the last, with those that the caller names', () => {
    const args = ['--disable-features=Own,Both', '--no-sandbox', '--disable-features=Late']
    expect(disabling(['Theirs', 'Both'], args)).toEqual([
      '--no-sandbox',
      '--disable-features=Theirs,Both,Own,Late',
    ])
  })

  it('are named where the caller names none, or an empty list', () => {
    expect(disabling(['Theirs'], [])).toEqual(['--disable-features=Theirs'])
    expect(disabling(['Theirs'], ['--disable-features='])).toEqual(['--disable-features=Theirs'])
  })
})
