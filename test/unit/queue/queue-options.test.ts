import { describe, expect, it } from 'vitest'
import { queueOptionsSchema, queuePrefix } from '../../../src/queue/queue-options.ts'

describe('queueOptionsSchema', () => {
  it('waits two minutes unless told otherwise', () => {
    expect(queueOptionsSchema.parse({ url: 'redis://a' })).toEqual({
      url: 'redis://a',
      keyPrefix: 'onejar',
      waitMs: 120_000,
      noWorkerMs: 1_000,
    })
    expect(queueOptionsSchema.safeParse({ url: 'rediss://a' }).success).toBe(true)
  })

  it.each([
    { url: 'http://a' },
    { url: 'x redis://a' },
    {},
    { url: 'redis://a', keyPrefix: '' },
    { url: 'redis://a', keyPrefix: 'a{b}' },
    { url: 'redis://a', keyPrefix: 'x'.repeat(65) },
    { url: 'redis://a', waitMs: 0 },
    { url: 'redis://a', waitMs: 2 ** 31 },
    { url: 'redis://a', waitMs: 1.5 },
    { url: 'redis://a', name: 'x' },
  ])('refuses %j', (options) => {
    expect(queueOptionsSchema.safeParse(options).success).toBe(false)
  })

  it('keeps all keys of a queue on one node of a cluster', () => {
    expect(queuePrefix({ keyPrefix: 'mine' })).toBe('{mine:queue}')
  })
})
