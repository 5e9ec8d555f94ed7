import { describe, expect, it } from 'vitest'
import { assertNode, OnejarError } from '../../../src/core/index.ts'

describe('the version of Node.js', () => {
  it.each(['22.19.0', '22.20.1', '24.0.0', '100.1.0'])('%s is new enough', (version) => {
    expect(() => assertNode(version)).not.toThrow()
  })

  it.each(['20.19.5', '22.18.9', '18.0.0', ''])('%s is too old, and the error says what to do', (version) => {
    expect(() => assertNode(version)).toThrow(OnejarError)
    expect(() => assertNode(version)).toThrow(/needs Node.js 22\.19 or later.*npx -p node@24/)
  })

  it('is that of this process', () => {
    expect(() => assertNode()).not.toThrow()
  })
})
