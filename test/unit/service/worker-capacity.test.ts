import { describe, expect, it } from 'vitest'
import {
  type MemoryReading,
  memoryAllowance,
  workerCapacity,
} from '../../../src/service/capacity/worker-capacity.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB
const CONTEXT = 256 * MIB

describe('how many solves a worker makes at once', () => {
  it.each([
    { memory: 24 * GIB, cpus: 2, asked: undefined, gives: { concurrency: 4, because: 'cpu' } },
    { memory: 24 * GIB, cpus: 0.4, asked: undefined, gives: { concurrency: 1, because: 'cpu' } },
    { memory: 24 * GIB, cpus: 2, asked: 10, gives: { concurrency: 10, because: 'asked' } },
    { memory: 2 * GIB, cpus: 16, asked: undefined, gives: { concurrency: 5, because: 'memory' } },
    { memory: 2 * GIB, cpus: 2, asked: 50, gives: { concurrency: 5, because: 'memory' } },
    { memory: 256 * MIB, cpus: 2, asked: undefined, gives: { concurrency: 1, because: 'memory' } },
    { memory: 1024 * GIB, cpus: 256, asked: undefined, gives: { concurrency: 100, because: 'cpu' } },
  ])('$memory bytes, $cpus processors, $asked asked', ({ memory, cpus, asked, gives }) => {
    expect(workerCapacity({ memoryBytes: memory, cpus }, CONTEXT, asked)).toEqual(gives)
  })

  it('does not count memory where the browser has another machine’s', () => {
    const machine = { memoryBytes: 512 * MIB, cpus: 4 }
    expect(workerCapacity(machine, 0)).toEqual({ concurrency: 8, because: 'cpu' })
  })
})

describe('how many solves memory allows', () => {
  const limits = { concurrency: 4, contextBytes: CONTEXT }
  // A tenth stays free: 205 MiB.
  const left = (mebibytes: number): MemoryReading => ({
    totalBytes: 2 * GIB,
    availableBytes: mebibytes * MIB,
  })
  const idle = { underway: 0, settling: 0, refusing: false }

  it.each([
    { mebibytes: 2000, allowed: 4 },
    { mebibytes: 205 + 3 * 256 + 1, allowed: 3 },
    { mebibytes: 205 + 256, allowed: 1 },
    { mebibytes: 200 + 256, allowed: 0 },
    { mebibytes: 0, allowed: 0 },
  ])('$allowed with $mebibytes MiB left', ({ mebibytes, allowed }) => {
    expect(memoryAllowance(left(mebibytes), idle, limits)).toBe(allowed)
  })

  it('leaves those under way alone, and adds none to them', () => {
    expect(memoryAllowance(left(100), { ...idle, underway: 2 }, limits)).toBe(2)
  })

  it('counts the memory that solves which have just begun will take', () => {
    const work = { underway: 2, settling: 2, refusing: false }
    expect(memoryAllowance(left(205 + 3 * 256), work, limits)).toBe(3)
    expect(memoryAllowance(left(205 + 3 * 256), { ...work, settling: 0 }, limits)).toBe(4)
  })

  it('takes work again when there is clearly room', () => {
    const refusing = { ...idle, refusing: true }
    expect(memoryAllowance(left(205 + 256 + 100), refusing, limits)).toBe(0)
    expect(memoryAllowance(left(205 + 256 + 130), refusing, limits)).toBe(1)
  })

  it('asks for the reserve alone where the browser is elsewhere', () => {
    const elsewhere = { concurrency: 4, contextBytes: 0 }
    expect(memoryAllowance(left(300), idle, elsewhere)).toBe(4)
    expect(memoryAllowance(left(100), { ...idle, underway: 1 }, elsewhere)).toBe(1)
  })
})
