import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline, withSignal } from '../../../src/core/index.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('startDeadline', () => {
  it('fires with ONEJAR_TIMEOUT when the time is over, and not before', () => {
    const deadline = startDeadline(2_000, 'session.fetch()')
    expect(deadline.at).toBe(1_002_000)
    vi.advanceTimersByTime(1_999)
    expect(deadline.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(deadline.signal.reason).toMatchObject({ code: 'ONEJAR_TIMEOUT', retry: 'same-session' })
    expect(deadline.signal.reason.message).toContain('session.fetch() took longer than 2000 ms')
  })

  it('fires with ONEJAR_ABORTED when the caller does, and keeps the reason as cause', () => {
    const caller = new AbortController()
    const deadline = startDeadline(2_000, 'x', caller.signal)
    const reason = new Error('enough')
    caller.abort(reason)
    expect(deadline.signal.reason).toMatchObject({ code: 'ONEJAR_ABORTED', cause: reason })
    vi.advanceTimersByTime(5_000)
    expect(deadline.signal.reason).toMatchObject({ code: 'ONEJAR_ABORTED' })
  })

  it('has fired already when the caller had', () => {
    const deadline = startDeadline(2_000, 'x', AbortSignal.abort('before'))
    expect(deadline.signal.reason).toMatchObject({ code: 'ONEJAR_ABORTED', cause: 'before' })
  })

  it('gives timer and listener back when cleared', () => {
    const caller = new AbortController()
    const deadline = startDeadline(2_000, 'x', caller.signal)
    expect(vi.getTimerCount()).toBe(1)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1)
    deadline.clear()
    expect(vi.getTimerCount()).toBe(0)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    caller.abort()
    expect(deadline.signal.aborted).toBe(false)
  })

  it('does without a caller, also when told null', () => {
    const deadline = startDeadline(10, 'x', null)
    vi.advanceTimersByTime(10)
    expect(deadline.signal.aborted).toBe(true)
  })
})

describe('withSignal', () => {
  it('passes on what the promise gives', async () => {
    const { signal } = new AbortController()
    await expect(withSignal(Promise.resolve(7), signal)).resolves.toBe(7)
    await expect(withSignal(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
    await expect(withSignal(Promise.resolve(7), undefined)).resolves.toBe(7)
  })

  it('rejects with the reason as soon as the signal fires', async () => {
    const deadline = startDeadline(50, 'x')
    const waiting = withSignal(new Promise(() => {}), deadline.signal)
    const seen = expect(waiting).rejects.toMatchObject({ code: 'ONEJAR_TIMEOUT' })
    await vi.advanceTimersByTimeAsync(50)
    await seen
  })

  it('rejects at once when the signal has fired, and lets the promise fail unnoticed', async () => {
    const late = Promise.reject(new Error('late'))
    await expect(withSignal(late, AbortSignal.abort('gone'))).rejects.toBe('gone')
  })

  it('leaves no listener behind', async () => {
    const controller = new AbortController()
    await withSignal(Promise.resolve(), controller.signal)
    await Promise.resolve()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    await withSignal(Promise.reject(new Error('no')), controller.signal).catch(() => {})
    await Promise.resolve()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })
})
