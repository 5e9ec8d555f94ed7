import { afterEach, describe, expect, it, vi } from 'vitest'
import { hashOf, SharedNotes } from '../../../src/test-runner/shared-notes.ts'
import { WorkersStore } from './workers.ts'

afterEach(() => vi.useRealTimers())

function two(waitMs?: number) {
  const store = new WorkersStore()
  const [a, b] = [store.worker('a'), store.worker('b')]
  return { store, a, b, notesA: new SharedNotes(a, waitMs), notesB: new SharedNotes(b, waitMs) }
}

describe('a note', () => {
  it('has the answer that it was put with, for a day', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { notesA } = two()
    const response = { status: 200, url: 'http://a.test/', headers: [], bodyBase64: 'eA==' }
    notesA.put('name', 'group', response)
    expect(notesA.get('name')?.response).toEqual(response)
    expect(notesA.get('group')).toBeUndefined()
    vi.advanceTimersByTime(24 * 3_600_000 + 1)
    expect(notesA.get('name')).toBeUndefined()
  })

  it('is forgotten when a hundred of its group have come after it', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { notesA } = two()
    notesA.put('other', 'other group')
    for (let n = 0; n <= 101; n++) {
      vi.advanceTimersByTime(1)
      notesA.put(`note ${n}`, 'group')
    }
    expect(notesA.get('note 0')).toBeUndefined()
    expect(notesA.get('note 1')).toMatchObject({ fingerprint: hashOf('group'), state: 'done' })
    expect(notesA.get('other')).toMatchObject({ fingerprint: hashOf('other group'), state: 'done' })
  })

  it('is told to who listens for its group, here and where it arrives', async () => {
    const { notesA, notesB, b } = two()
    const told: string[] = []
    const stop = notesB.onPut('group', (hashes) => told.push(...hashes))
    await notesA.alone('something', async () => {
      notesA.put('name', 'group')
      notesA.put('other', 'other group')
    })
    await notesB.alone('something', async () => {})
    expect(told).toEqual([hashOf('name')])
    stop()
    notesB.put('again', 'group')
    expect(told).toHaveLength(1)
    expect([...b.record.valuesOf('idempotency')]).toHaveLength(3)
  })
})

describe('what is done alone', () => {
  it('is done on the newest that the store has, and is in the store before the next begins', async () => {
    const { store, notesA, notesB } = two()
    const found: unknown[] = []
    const work = (notes: SharedNotes, name: string) => async () => {
      found.push(notes.get('turn')?.response?.url)
      await Promise.resolve()
      notes.put('turn', 'turns', { status: 200, url: `http://${name}/`, headers: [], bodyBase64: null })
    }
    await Promise.all([notesA.alone('turn', work(notesA, 'a')), notesB.alone('turn', work(notesB, 'b'))])
    expect(found).toEqual([undefined, 'http://a/'])
    expect(store.locked.size).toBe(0)
  })

  it('waits for a store that is away when the lock is asked for: nobody goes on without it', async () => {
    const { store, notesA } = two()
    store.away.lock = 2
    store.away.read = 1
    const work = vi.fn(async () => 'done')
    expect(await notesA.alone('turn', work)).toBe('done')
    expect(store.log).toEqual([
      'a asks for turn',
      'a asks for turn',
      'a asks for turn',
      'a reads',
      'a reads',
      'a writes',
    ])
    expect(work).toHaveBeenCalledOnce()
  })

  it('keeps the lock until the store has what was done', async () => {
    const { store, notesA, notesB } = two()
    store.away.write = 2
    await notesA.alone('turn', async () => notesA.put('turn', 'turns'))
    const found = await notesB.alone('turn', async () => notesB.get('turn'))
    expect(found).toMatchObject({ fingerprint: hashOf('turns'), state: 'done' })
    expect(store.log.filter((line) => line === 'a writes')).toHaveLength(3)
  })

  it('is not done where the store stays away', async () => {
    const { store, notesA } = two(1)
    store.away.lock = Number.POSITIVE_INFINITY
    const work = vi.fn(async () => {})
    await expect(notesA.alone('turn', work)).rejects.toMatchObject({
      code: expect.stringMatching(/UNAVAILABLE|TIMEOUT/),
    })
    expect(work).not.toHaveBeenCalled()
  })

  it('fails, and gives the lock back, where the store does not take what was done', async () => {
    const { store, notesA } = two(1)
    store.away.write = Number.POSITIVE_INFINITY
    await expect(notesA.alone('turn', async () => {})).rejects.toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
    })
    expect(store.locked.size).toBe(0)
  })

  it('says whom it waited for in vain', async () => {
    const { notesA, notesB } = two(1)
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const first = notesA.alone('login', () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    await expect(notesB.alone('login', async () => {})).rejects.toMatchObject({
      code: 'ONEJAR_TIMEOUT',
      message: expect.stringContaining("Somebody else's login"),
    })
    end.resolve()
    await first
  })

  it('waits no longer than its caller wants, and goes on to the end once it has begun', async () => {
    const { notesA, notesB } = two()
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const stop = new AbortController()
    const first = notesA.alone(
      'login',
      async () => {
        begun.resolve()
        await end.promise
        return 'done'
      },
      stop.signal,
    )
    await begun.promise
    const second = notesB.alone('login', async () => {}, stop.signal)
    stop.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    end.resolve()
    expect(await first).toBe('done')
  })

  it('gives the error of the work, and the lock back', async () => {
    const { store, notesA } = two()
    const failing = notesA.alone('turn', async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(store.locked.size).toBe(0)
  })
})
