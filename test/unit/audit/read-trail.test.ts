import { appendFileSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { followTrail, lastRecords, pruneTrail } from '../../../src/audit/index.ts'
import { fullFiles } from '../../../src/audit/trail-files.ts'
import { openTrail, START, trailFolder, write } from './a-trail.ts'

const all = () => true

describe('the last records', () => {
  it('are those that are wanted, over all files, in their order', async () => {
    using folder = trailFolder()
    write(folder.path, 40, { maxFileBytes: 2_000 })
    const seqs = async (count: number, wanted: Parameters<typeof lastRecords>[2]) =>
      (await lastRecords(folder.path, count, wanted)).map(({ record }) => record.seq)
    expect(await seqs(3, all)).toEqual([38, 39, 40])
    expect(await seqs(25, all)).toEqual(Array.from({ length: 25 }, (_, i) => i + 16))
    expect(await seqs(2, ({ seq }) => seq < 10)).toEqual([8, 9])
    expect(await seqs(0, all)).toEqual([])
    expect(await seqs(100, all)).toHaveLength(40)
  })

  it('leave out what is no record, and a line that is being written', async () => {
    using folder = trailFolder()
    write(folder.path, 2)
    appendFileSync(folder.path, 'no record\n{"half')
    expect((await lastRecords(folder.path, 5, all)).map(({ record }) => record.seq)).toEqual([1, 2])
  })
})

describe('a trail that is followed', () => {
  let onLooked = () => {}
  /** Resolves when the follower has looked and found nothing more. */
  const paused = () =>
    new Promise<void>((resolve) => {
      onLooked = resolve
    })
  const looked = async () => {
    onLooked()
    await new Promise((resolve) => setImmediate(resolve))
  }
  /** Follows a trail until it has given so many. */
  async function follow(path: string, after: number, count: number): Promise<number[]> {
    const seen: number[] = []
    for await (const { record } of followTrail(path, after, AbortSignal.timeout(10_000), looked)) {
      seen.push(record.seq)
      if (seen.length === count) break
    }
    return seen
  }
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

  it('gives each record once, through all files that are put aside meanwhile', async () => {
    using folder = trailFolder()
    write(folder.path, 5)
    const following = follow(folder.path, 5, 60)
    for (let round = 0; round < 6; round++) {
      write(folder.path, 10, { maxFileBytes: 2_000 })
      if (round < 5) await paused()
    }
    expect(await following).toEqual(range(6, 65))
    expect(fullFiles(folder.path).length).toBeGreaterThan(5)
  })

  it('gives a line that was half there when it is whole', async () => {
    using folder = trailFolder()
    using other = trailFolder()
    write(other.path, 3)
    write(folder.path, 2)
    const [third] = await lastRecords(other.path, 1, all)
    const line = third?.line ?? ''
    appendFileSync(folder.path, line.slice(0, 100))
    const iterator = followTrail(folder.path, 2, AbortSignal.timeout(10_000), looked)
    const next = iterator.next()
    await paused()
    appendFileSync(folder.path, `${line.slice(100)}\n`)
    expect((await next).value?.record.seq).toBe(3)
    await iterator.return(undefined)
  })

  it('goes on after a prune, and over a gap that is none of its making', async () => {
    using folder = trailFolder()
    write(folder.path, 10, { from: START })
    const following = follow(folder.path, 8, 4)
    const trail = openTrail(folder.path)
    await pruneTrail(trail, START + 5 * 60_000, START)
    trail.record('robots-disallowed', null, {})
    trail.close()
    expect(await following).toEqual([9, 10, 11, 12])
    for (const file of fullFiles(folder.path)) rmSync(file)
    expect(await follow(folder.path, 9, 2)).toEqual([11, 12])
  })

  it('ends with its signal', async () => {
    using folder = trailFolder()
    write(folder.path, 1)
    const ends = new AbortController()
    const iterator = followTrail(folder.path, 1, ends.signal)
    const next = iterator.next()
    ends.abort()
    expect(await next).toEqual({ value: undefined, done: true })
  })
})
