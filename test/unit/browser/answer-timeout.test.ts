import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AnswerTimeout } from '../../../src/browser/devtools/answer-timeout.ts'

const never = () => new Promise<never>(() => {})

describe('AnswerTimeout', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** How long an answer that does not come is waited for. */
  async function waited(answers: AnswerTimeout, answer: Promise<unknown> = never()): Promise<number> {
    const startedAt = performance.now()
    let taken = Number.NaN
    const done = answers.within(answer).then(() => {
      taken = performance.now() - startedAt
    })
    await vi.runAllTimersAsync()
    await done
    return taken
  }

  it('waits for a document that is only slow, and only shortly while it is known not to answer', async () => {
    const answers = new AnswerTimeout()
    const { promise: slow, resolve } = Promise.withResolvers<void>()
    expect(await waited(answers, slow)).toBe(2000)
    expect(await waited(answers, slow)).toBe(100)
    resolve()
    await vi.runAllTimersAsync()
    expect(await waited(answers)).toBe(2000)
  })

  it('gives up at once when a document is replaced under the call', async () => {
    const answers = new AnswerTimeout()
    const answer = answers.within(never())
    answers.held()
    expect(await answer).toBeUndefined()
  })

  it('does not take the end of the old document for the arrival of one that is held at the gate', async () => {
    const answers = new AnswerTimeout()
    answers.held()
    answers.arrived()
    expect(await waited(answers)).toBe(100)
    answers.letGo()
    expect(answers.navigating).toBe(true)
    answers.arrived()
    expect(answers.navigating).toBe(false)
  })
})
