import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Broker, BrokerEvent } from '../../../src/client/index.ts'
import { concerns, EventStreams } from '../../../src/service/event-streams.ts'
import { BrokerEvents } from '../../../src/services/index.ts'

const key = (tenant: string, id: string) => ({ session: { tenant, id } })
const NOBODY = { session: null }

describe('concerns', () => {
  it.each([
    [key('acme', 'a'), { tenant: null }, true],
    [key('acme', 'a'), { tenant: 'acme' }, true],
    [key('acme', 'a'), { tenant: 'globex' }, false],
    [key('acme', 'a'), { tenant: 'acme', id: 'a' }, true],
    [key('acme', 'b'), { tenant: 'acme', id: 'a' }, false],
    [key('globex', 'a'), { tenant: 'acme', id: 'a' }, false],
    [NOBODY, { tenant: null }, true],
    [NOBODY, { tenant: 'acme' }, false],
    [NOBODY, { tenant: null, id: 'a' }, false],
    [{} as { session: null }, { tenant: 'acme' }, false],
  ])('%j by %j: %s', (event, filter, expected) => {
    expect(concerns(event, filter)).toBe(expected)
  })
})

/** What a stream writes to, and how much of it waits. */
class Response extends EventEmitter {
  readonly written: string[] = []
  writableLength = 0
  ended = false
  writeHead() {
    return this
  }
  write(text: string) {
    this.written.push(text)
    return true
  }
  end() {
    this.ended = true
  }
}

function streams(options: ConstructorParameters<typeof EventStreams>[1] = {}) {
  const events = new BrokerEvents()
  const open = new EventStreams({ events: () => events.listen() } as Broker, options)
  const emit = async (at: number) => {
    const event = { type: 'unblocked', at, origin: 'https://a.example' } as const
    events.emit(event, { tenant: 'acme', id: 'a' }, () => 'p')
    await new Promise(setImmediate)
  }
  const join = (tenant: string | null = 'acme') => {
    const response = new Response()
    open.open({ tenant }, response as unknown as ServerResponse)
    return response
  }
  return { events, open, emit, join }
}

const dataOf = (text = ''): BrokerEvent => JSON.parse(text.split('data: ')[1] ?? 'null')

describe('EventStreams', () => {
  it('drop events for one that does not read, and say how many', async () => {
    const { emit, join } = streams({ maxWaitingBytes: 100 })
    const [slow, quick] = [join(), join()]
    slow.writableLength = 101
    for (const at of [1, 2, 3]) await emit(at)
    slow.writableLength = 0
    await emit(4)
    expect(slow.written.slice(1).map(dataOf)).toMatchObject([{ type: 'lost', count: 3 }, { at: 4 }])
    expect(quick.written.slice(1).map(dataOf)).toMatchObject([{ at: 1 }, { at: 2 }, { at: 3 }, { at: 4 }])
  })

  it('listen only while there is somebody', async () => {
    const { events, emit, join } = streams()
    expect(events.wanted).toBe(false)
    const [one, other] = [join(), join()]
    one.emit('close')
    expect(events.wanted).toBe(true)
    other.emit('close')
    await emit(1)
    expect(events.wanted).toBe(false)
    const again = join()
    await emit(2)
    expect(again.written.slice(1).map(dataOf)).toMatchObject([{ at: 2 }])
  })

  it('are bounded, and end together', () => {
    const { open, join } = streams({ maxStreams: 2 })
    const all = [join(), join()]
    expect(() => open.assertRoom()).toThrow(/2 streams/)
    open.close()
    expect(all.every(({ ended }) => ended)).toBe(true)
    expect(join().ended).toBe(true)
  })
})
