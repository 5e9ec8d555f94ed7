import { appendFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { TrailQueue, verifyTrail } from '../../../src/audit/index.ts'
import { CHECK, openTrail, recordsIn, START, trailFolder } from './a-trail.ts'

const nobody = () => null

function aQueue(path: string) {
  const failures: unknown[] = []
  const trail = openTrail(path)
  const writes = vi.spyOn(trail, 'recordAll')
  const queue = new TrailQueue(trail, {
    clock: { now: () => START },
    onFailure: (error) => failures.push(error),
  })
  return { queue, failures, writes }
}

describe('notes', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    return () => void vi.useRealTimers()
  })

  it('are written together, a moment later and in their order', async () => {
    using folder = trailFolder()
    const { queue, writes } = aQueue(folder.path)
    for (let at = 0; at < 20; at++) queue.note('request-repeated', () => `s${at}`, { at })
    expect(writes).not.toHaveBeenCalled()
    vi.advanceTimersByTime(50)
    expect(writes).toHaveBeenCalledTimes(1)
    queue.close()
    expect(recordsIn(folder.path).map(({ session, facts }) => [session, facts])).toEqual(
      Array.from({ length: 20 }, (_, at) => [`s${at}`, { at }]),
    )
    expect(await verifyTrail(folder.path, CHECK)).toMatchObject({ records: 20, broken: null })
  })

  it('wait no longer when they are many, and are none too many for the next writer after a kill', () => {
    using folder = trailFolder()
    const { queue, writes } = aQueue(folder.path)
    for (let at = 0; at < 256; at++) queue.note('request-repeated', nobody, { at })
    expect(recordsIn(folder.path)).toHaveLength(256)
    for (const [batch] of writes.mock.calls) expect(batch.length).toBeLessThanOrEqual(32)
    queue.close()
  })

  it('come before what has to be kept at once', () => {
    using folder = trailFolder()
    const { queue } = aQueue(folder.path)
    queue.note('session-begun', nobody, {})
    queue.record('session-exported', nobody, {})
    expect(recordsIn(folder.path).map(({ rule }) => rule)).toEqual(['session-begun', 'session-exported'])
    queue.close()
  })

  it('are written when the queue is closed', () => {
    using folder = trailFolder()
    const { queue } = aQueue(folder.path)
    queue.note('session-released', nobody, {})
    queue.close()
    expect(recordsIn(folder.path)).toHaveLength(1)
  })

  it('are kept for later when the trail cannot be written, which is reported once; what waits for its record is refused', () => {
    using folder = trailFolder()
    const { queue, failures, writes } = aQueue(folder.path)
    writes.mockImplementation(() => {
      throw new Error('full')
    })
    queue.note('session-begun', nobody, {})
    queue.flush()
    queue.note('request-repeated', nobody, {})
    queue.flush()
    expect(() => queue.record('session-exported', nobody, {})).toThrow('full')
    expect(failures).toHaveLength(1)
    writes.mockRestore()
    queue.close()
    // What was refused did not happen.
    expect(recordsIn(folder.path).map(({ rule }) => rule)).toEqual(['session-begun', 'request-repeated'])
  })

  it('are written once each when a part of them could not be', () => {
    using folder = trailFolder()
    const { queue, failures, writes } = aQueue(folder.path)
    for (let at = 0; at < 80; at++) queue.note('request-repeated', nobody, { at })
    let calls = 0
    const trail = openTrail(folder.path)
    writes.mockImplementation((batch) => {
      calls++
      if (calls === 2) throw new Error('full')
      trail.recordAll(batch)
    })
    queue.flush()
    expect(recordsIn(folder.path)).toHaveLength(32)
    queue.flush()
    expect(recordsIn(folder.path).map(({ facts }) => facts)).toEqual(
      Array.from({ length: 80 }, (_, at) => ({ at })),
    )
    expect(failures).toHaveLength(1)
    trail.close()
    queue.close()
  })

  it('of a trail that somebody else has written to are reported', () => {
    using folder = trailFolder()
    const { queue, failures } = aQueue(folder.path)
    appendFileSync(folder.path, 'somebody else was here\n')
    queue.note('session-begun', nobody, {})
    queue.close()
    expect(failures).toMatchObject([{ code: 'ONEJAR_AUDIT_FAILED' }])
  })
})
