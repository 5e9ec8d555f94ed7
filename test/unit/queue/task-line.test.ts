import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { TaskLine } from '../../../src/queue/tasks/task-line.ts'

/** Two ends, and what lies between them. */
function line() {
  const key = randomBytes(32)
  const lying: Array<{ readonly to: 'caller' | 'worker'; readonly at: number; readonly sealed: Buffer }> = []
  const end = (own: 'caller' | 'worker', to: 'caller' | 'worker') =>
    new TaskLine({
      end: own,
      key,
      task: 'a-task-of-this-test',
      run: 'a-run-of-this-test',
      post: async (at, sealed) => void lying.push({ to, at, sealed }),
    })
  const ends = { caller: end('caller', 'worker'), worker: end('worker', 'caller') }
  const deliver = () => {
    for (const { to, at, sealed } of lying.splice(0)) ends[to].hear(at, sealed)
  }
  return { ...ends, lying, deliver, key }
}

describe('a line between caller and worker', () => {
  it('brings messages and bytes in order, sealed', async () => {
    const { caller, worker, lying, deliver } = line()
    await caller.send({ text: 'canary' }, Buffer.from('secret bytes'))
    await caller.send({ text: 'second' })
    for (const { sealed } of lying) expect(sealed.toString('latin1')).not.toMatch(/canary|secret/)
    deliver()
    expect(await worker.next()).toEqual({ message: { text: 'canary' }, bytes: Buffer.from('secret bytes') })
    expect((await worker.next()).message).toEqual({ text: 'second' })
  })

  it('does not hear a frame twice, out of its place, from the wrong end or of another run', async () => {
    const { caller, worker, lying, key } = line()
    await caller.send('first')
    const [frame] = lying as [(typeof lying)[number]]
    worker.hear(0, frame.sealed)
    worker.hear(0, frame.sealed)
    worker.hear(1, frame.sealed)
    caller.hear(0, frame.sealed)
    const other = new TaskLine({
      end: 'worker',
      key,
      task: 'a-task-of-this-test',
      run: 'another',
      post: async () => {},
    })
    other.hear(0, frame.sealed)
    await caller.send('second')
    worker.hear(1, lying[1]!.sealed)
    expect([(await worker.next()).message, (await worker.next()).message]).toEqual(['first', 'second'])
  })

  it('ends where a frame was lost', async () => {
    const { caller, worker, lying } = line()
    await caller.send('lost')
    await caller.send('second')
    worker.hear(1, lying[1]!.sealed)
    await expect(worker.next()).rejects.toMatchObject({ code: 'ONEJAR_QUEUE_UNAVAILABLE' })
  })

  it('holds back who says more than the other end takes, and goes on when it does', async () => {
    const { caller, worker, lying, deliver } = line()
    let said = 0
    const saying = (async () => {
      for (; said < 100; said++) await worker.send(said)
    })()
    await expect.poll(() => lying.length).toBe(16)
    expect(said).toBe(16)
    const taken: unknown[] = []
    const pumping = (async () => {
      for (; taken.length < 100; await new Promise(setImmediate)) deliver()
    })()
    while (taken.length < 100) taken.push((await caller.next()).message)
    await Promise.all([pumping, saying])
    expect(taken).toEqual(Array.from({ length: 100 }, (_, at) => at))
  })

  it('ends with its reason for who waits at it', async () => {
    const { caller } = line()
    const waiting = caller.next()
    const reason = new Error('over')
    caller.end(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(caller.send('late')).rejects.toBe(reason)
  })
})
