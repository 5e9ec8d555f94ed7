import type { BrowserContext } from 'playwright'
import { describe, expect, it } from 'vitest'
import { ownContext } from '../../../src/browser/context-owners.ts'

describe('a browser context', () => {
  it.each([
    ['attached', 'attached to a session already'],
    ['made here', 'made by Onejar'],
  ] as const)('that is %s is nobody else’s until it is given back', (owner, why) => {
    const context = {} as BrowserContext
    const giveBack = ownContext(context, owner)
    for (const other of ['attached', 'made here'] as const) {
      const take = () => ownContext(context, other)
      expect(take).toThrow(expect.objectContaining({ code: 'ONEJAR_CONTEXT_IN_USE' }))
      expect(take).toThrow(why)
    }
    giveBack()
    ownContext(context, 'attached')()
  })
})
