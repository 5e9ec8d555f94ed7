import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { OperationFigures } from './figures.ts'

interface Counts {
  readonly commands: number
  readonly microseconds: number
  readonly bytesIn: number
  readonly bytesOut: number
}

const CALIBRATION_MS = 5_000

/** What a Redis of our own has done, read from itself. */
export class RedisCounts {
  readonly #client: Redis
  /** Processor time that Redis takes in a millisecond when nobody asks it anything, in microseconds. */
  #idle = 0

  constructor(url: string) {
    this.#client = new Redis(url)
  }

  /** Looks for a while what Redis takes for itself, while nobody else uses it, so that it is not counted with operations. */
  async calibrate(): Promise<void> {
    const before = await this.#read()
    await pause(CALIBRATION_MS)
    this.#idle = ((await this.#read()).microseconds - before.microseconds) / CALIBRATION_MS
  }

  /** What an operation costs Redis, of `count` that `work` does. */
  async perOperation(
    count: number,
    work: () => Promise<unknown>,
  ): Promise<OperationFigures & { bytesOut: number }> {
    const before = await this.#read()
    const startedAt = performance.now()
    await work()
    const idle = (performance.now() - startedAt) * this.#idle
    const after = await this.#read()
    const each = (key: keyof Counts) => (after[key] - before[key]) / count
    return {
      commands: each('commands'),
      microseconds: Math.max(0, each('microseconds') - idle / count),
      bytes: each('bytesIn') + each('bytesOut'),
      bytesOut: each('bytesOut'),
    }
  }

  async version(): Promise<string> {
    return /^redis_version:(\S+)/m.exec(await this.#client.info('server'))?.[1] ?? ''
  }

  async memoryBytes(): Promise<number> {
    return number(await this.#client.info('memory'), 'used_memory')
  }

  /** Without our own. */
  async connections(): Promise<number> {
    return number(await this.#client.info('clients'), 'connected_clients') - 1
  }

  close(): void {
    this.#client.disconnect()
  }

  async #read(): Promise<Counts> {
    const [stats, cpu, commands] = await Promise.all(
      ['stats', 'cpu', 'commandstats'].map((section) => this.#client.info(section)),
    )
    const calls = [...(commands ?? '').matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
    return {
      // What scripts do inside Redis is counted, what we ask here is not.
      commands: calls.reduce((sum, [, name, count]) => sum + (name === 'info' ? 0 : Number(count)), 0),
      microseconds: (number(cpu ?? '', 'used_cpu_user') + number(cpu ?? '', 'used_cpu_sys')) * 1e6,
      bytesIn: number(stats ?? '', 'total_net_input_bytes'),
      bytesOut: number(stats ?? '', 'total_net_output_bytes'),
    }
  }
}

function number(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1])
}
