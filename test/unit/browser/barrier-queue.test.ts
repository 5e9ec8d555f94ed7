import { describe, expect, it } from 'vitest'
import { BarrierQueue } from '../../../src/browser/barrier-queue.ts'

describe('the queue of barriers', () => {
  it('runs one after the other, in the order of asking', async () => {
    const queue = new BarrierQueue()
    const seen: string[] = []
    const step = (name: string) => async () => {
      seen.push(`${name} begins`)
      await Promise.resolve()
      seen.push(`${name} ends`)
    }
    await Promise.all([queue.run(step('a')), queue.share('pull', step('b')), queue.share('push', step('c'))])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  it('shares a barrier that waits, and begins another after one that runs', async () => {
    const queue = new BarrierQueue()
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    let pulls = 0
    const pull = async () => {
      pulls++
      begun.resolve()
      await gate.promise
    }
    const first = queue.share('pull', pull)
    expect(queue.share('pull', pull), 'it has not begun').toBe(first)
    await begun.promise
    const second = queue.share('pull', pull)
    expect(second, 'what began before this may have read too early').not.toBe(first)
    gate.resolve()
    await Promise.all([first, second])
    expect(pulls).toBe(2)
  })

  it('does not share between the directions', async () => {
    const queue = new BarrierQueue()
    const pull = queue.share('pull', async () => {})
    const push = queue.share('push', async () => {})
    expect(pull).not.toBe(push)
    await Promise.all([pull, push])
  })

  it('lets who asks in the same turn of the event loop join, though nothing runs', async () => {
    const queue = new BarrierQueue()
    let pulls = 0
    const pull = async () => void pulls++
    const first = queue.share('pull', pull)
    await Promise.resolve()
    await Promise.resolve()
    expect(queue.share('pull', pull)).toBe(first)
    await first
    expect(pulls).toBe(1)
  })

  it('has one that waits done by another', async () => {
    const queue = new BarrierQueue()
    const seen: string[] = []
    let pushed: (() => void) | undefined
    const pull = queue.share('pull', async () => {
      pushed = queue.absorb('push')
      seen.push('both')
    })
    const push = queue.share('push', async () => void seen.push('push'))
    const later = pull.then(() => {
      pushed?.()
      return queue.share('push', async () => void seen.push('later'))
    })
    await Promise.all([pull, push, later])
    expect(seen).toEqual(['both', 'later'])
    expect(queue.absorb('push'), 'none waits').toBeUndefined()
  })

  it('runs one that was to be done by another, and was not, in its turn', async () => {
    const queue = new BarrierQueue()
    const seen: string[] = []
    const pull = queue.share('pull', async () => {
      queue.absorb('push')
      throw new Error('the browser is gone')
    })
    const push = queue.share('push', async () => void seen.push('push'))
    await expect(pull).rejects.toThrow('the browser is gone')
    await push
    expect(seen).toEqual(['push'])
  })

  it('goes on after a failure, which only its own callers get', async () => {
    const queue = new BarrierQueue()
    const failing = queue.share('pull', () => Promise.reject(new Error('the browser is gone')))
    const next = queue.run(async () => {})
    await expect(failing).rejects.toThrow('the browser is gone')
    await expect(next).resolves.toBeUndefined()
    await expect(queue.after('pull')).resolves.toBeUndefined()
    await expect(
      queue.share('pull', async () => {}),
      'the next may go well',
    ).resolves.toBeUndefined()
  })

  it('tells when all is done, or when the barrier is that waits', async () => {
    const queue = new BarrierQueue()
    const gate = Promise.withResolvers<void>()
    let done = false
    const work = queue.run(() => gate.promise)
    const after = queue.after('push').then(() => {
      done = true
    })
    const push = queue.share('push', async () => {})
    expect(queue.after('push'), 'the one that waits').toBe(push)
    expect(queue.after('pull'), 'none of these waits').not.toBe(push)
    expect(done).toBe(false)
    gate.resolve()
    await Promise.all([work, after])
    expect(done).toBe(true)
  })
})
