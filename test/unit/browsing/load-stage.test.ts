import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoadStage } from '../../../src/browsing/local/load-stage.ts'
import type { LoadedDocument } from '../../../src/browsing/local/loaded-document.ts'

const DOCUMENT = { statusCode: 403 } as LoadedDocument

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the stage of a page load', () => {
  it('is at work from the first document on', () => {
    const stage = new LoadStage()
    expect(stage.atWork).toBe(false)
    stage.documentCame()
    expect([stage.atWork, stage.over]).toEqual([true, false])
  })

  it('settles when no other document comes in time', () => {
    const stage = new LoadStage()
    const decide = vi.fn()
    stage.documentCame()
    stage.settle(5_000, decide)
    expect(stage.atWork).toBe(false)
    vi.advanceTimersByTime(4_999)
    expect(decide).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(decide).toHaveBeenCalledOnce()
  })

  it('is at work again when a document comes before it is decided', () => {
    const stage = new LoadStage()
    const decide = vi.fn()
    stage.documentCame()
    stage.settle(5_000, decide)
    stage.documentCame()
    vi.advanceTimersByTime(10_000)
    expect(decide).not.toHaveBeenCalled()
    expect(stage.atWork).toBe(true)
  })

  it('has a last resort of the document that is there only', () => {
    const stage = new LoadStage()
    stage.documentCame()
    stage.mayBeWanted(DOCUMENT)
    expect(stage.resort).toBe(DOCUMENT)
    stage.documentCame()
    expect(stage.resort).toBeUndefined()
    stage.settle(5_000, () => {})
    stage.mayBeWanted(DOCUMENT)
    expect(stage.resort, 'it is about to be decided').toBeUndefined()
    stage.end()
  })

  it('is not changed any more by what comes after its end, and leaves no timer', () => {
    const stage = new LoadStage()
    stage.documentCame()
    stage.settle(5_000, () => {})
    stage.end()
    stage.end()
    stage.documentCame()
    stage.settle(5_000, () => {})
    expect([stage.over, stage.atWork, vi.getTimerCount()]).toEqual([true, false, 0])
  })

  it('has nothing to settle before a document has come', () => {
    const stage = new LoadStage()
    stage.settle(5_000, () => {})
    expect(vi.getTimerCount()).toBe(0)
  })
})
