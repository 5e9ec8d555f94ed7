import { describe, expect, it } from 'vitest'
import { BindingLife } from '../../../src/browser/binding-life.ts'

describe('a binding', () => {
  it('is awake until nothing can write any more, and again when something may', () => {
    const life = new BindingLife()
    expect(life.asleep, 'what the browser holds is not known yet').toBe(false)
    life.fallAsleep()
    life.fallAsleep()
    expect(life.asleep).toBe(true)
    life.wake()
    life.wake()
    expect(life.asleep).toBe(false)
  })

  it('is closed once, however often that is asked for', async () => {
    const life = new BindingLife()
    const gate = Promise.withResolvers<void>()
    let times = 0
    const work = async () => {
      times++
      await gate.promise
      life.ended()
    }
    const closing = [life.close(work), life.close(work)]
    expect(life.closed, 'its pages are still read').toBe(false)
    gate.resolve()
    await Promise.all(closing)
    expect(life.closed).toBe(true)
    await life.close(work)
    expect(times).toBe(1)
  })

  it('costs nothing more while it is closed that had fallen asleep, unless a page wakes it', async () => {
    const life = new BindingLife()
    life.fallAsleep()
    const gate = Promise.withResolvers<void>()
    const closing = life.close(() => gate.promise)
    expect(life.asleep).toBe(true)
    life.wake()
    expect(life.asleep, 'a page has come in the last moment').toBe(false)
    life.fallAsleep()
    expect(life.asleep).toBe(true)
    gate.resolve()
    await closing
  })

  it('may end by itself, and nothing wakes it then', () => {
    const life = new BindingLife()
    expect(life.ended()).toBe(true)
    expect(life.ended(), 'that was known').toBe(false)
    life.wake()
    life.fallAsleep()
    expect([life.closed, life.asleep]).toEqual([true, true])
  })
})
