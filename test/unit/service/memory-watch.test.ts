import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MemoryWatch } from '../../../src/service/capacity/memory-watch.ts'

const MIB = 1024 * 1024

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('says once that memory is low and once that it is there again, and what is allowed each time it changes', () => {
  const heard: unknown[] = []
  const reading = { totalBytes: 4096 * MIB, availableBytes: 4096 * MIB }
  const watch = new MemoryWatch({
    concurrency: 2,
    contextBytes: 256 * MIB,
    read: () => ({ ...reading }),
    underway: () => [],
    onAllowance: (count) => heard.push(count),
    onRefusing: (refusing, { availableBytes }) => heard.push([refusing, availableBytes / MIB]),
  })
  expect([watch.allowance, watch.refusing, heard]).toEqual([2, false, []])
  reading.availableBytes = 500 * MIB
  vi.advanceTimersByTime(2_000)
  expect([watch.allowance, watch.refusing]).toEqual([0, true])
  reading.availableBytes = 900 * MIB
  vi.advanceTimersByTime(2_000)
  expect([watch.allowance, watch.refusing]).toEqual([1, false])
  expect(heard).toEqual([0, [true, 500], 1, [false, 900]])
  watch.close()
  reading.availableBytes = 0
  vi.advanceTimersByTime(2_000)
  expect(heard).toHaveLength(4)
})

it('looks before it is asked, so that a worker begins with what there is', () => {
  const allowed: number[] = []
  const watch = new MemoryWatch({
    concurrency: 4,
    contextBytes: 256 * MIB,
    read: () => ({ totalBytes: 1024 * MIB, availableBytes: 400 * MIB }),
    underway: () => [],
    onAllowance: (count) => allowed.push(count),
    onRefusing: () => {},
  })
  expect([watch.allowance, allowed]).toEqual([1, [1]])
  watch.close()
})
