import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ChangeSource, SessionRecord } from '../../../../src/record/index.ts'
import { EventHub } from '../../../../src/routing/events.ts'
import {
  BindingLearner,
  TokenBindings,
  TokenMessages,
  TokenSources,
} from '../../../../src/routing/token-bindings/index.ts'

const STORED: ChangeSource = { name: 'store' }
const SITE = 'https://shop.example'
const token = () => `Bearer ${randomBytes(16).toString('hex')}`

/** Carries messages between processes that are none. */
class Wire {
  readonly listeners = new Set<(text: string) => void>()
  readonly carried: string[] = []

  readonly open = async (onMessage: (text: string) => void) => {
    this.listeners.add(onMessage)
    return {
      send: async (text: string) => {
        this.carried.push(text)
        const others = [...this.listeners].filter((one) => one !== onMessage)
        for (const other of others) other(text)
        return others.length
      },
      close: async () => void this.listeners.delete(onMessage),
    }
  }
}

function startProcess(wire: Wire, now = () => 1_764_000_000_000) {
  const record = new SessionRecord({ writer: randomBytes(4).toString('hex'), clock: { now } })
  const sources = new TokenSources(record)
  const bindings = new TokenBindings(record, sources, new EventHub(), { now })
  const learner = new BindingLearner(record, bindings, sources, STORED)
  const sent = (value: string) =>
    learner.take(
      [{ page: `${SITE}/home`, site: SITE, elsewhere: true, origin: SITE, name: 'authorization', value }],
      [],
    )
  const from = (other: SessionRecord) => record.merge([...other.entries()], STORED)
  return { record, bindings, sent, from, messages: new TokenMessages(bindings, wire.open) }
}

describe('processes that may tell each other', () => {
  it('have what a page of another one has sent, once they know the binding', async () => {
    const wire = new Wire()
    const [one, two] = [startProcess(wire), startProcess(wire)]
    const value = token()
    one.sent(value)
    await one.messages.settled()
    expect(two.bindings.headersFor(SITE)).toBeUndefined()
    two.from(one.record)
    await two.messages.catchUp()
    expect(two.bindings.headersFor(SITE)).toEqual(['authorization', value])
  })

  it('are given what is not refused, and nothing older than what they have', async () => {
    let now = 1_764_000_000_000
    const wire = new Wire()
    const [one, two] = [startProcess(wire, () => now), startProcess(wire, () => now)]
    const [first, second] = [token(), token()]
    one.sent(first)
    two.from(one.record)
    await one.messages.settled()
    now += 1000
    two.sent(second)
    await two.messages.settled()
    expect(one.bindings.headersFor(SITE)).toEqual(['authorization', second])
    const early = wire.carried.findLast((text) => text.includes(first.slice(7))) as string
    for (const hear of wire.listeners) hear(early)
    expect(one.bindings.headersFor(SITE)).toEqual(['authorization', second])
    one.bindings.refused(SITE, 'user', ['authorization', second])
    expect(one.bindings.shared()).toEqual([])
  })

  it('do not believe what is older than a minute, or no message', () => {
    let now = 1_764_000_000_000
    const wire = new Wire()
    const [one, two] = [startProcess(wire, () => now), startProcess(wire, () => now)]
    one.sent(token())
    two.from(one.record)
    const tokens = one.bindings.shared()
    const late = JSON.stringify({ kind: 'tokens', at: now, tokens })
    now += 61_000
    for (const text of [late, '{', 'null', JSON.stringify({ kind: 'tokens', at: now, tokens: [{ id: 1 }] })])
      for (const hear of wire.listeners) hear(text)
    expect(two.bindings.headersFor(SITE)).toBeUndefined()
  })

  it('go on alone where nobody answers, and where the store is away', async () => {
    const wire = new Wire()
    await startProcess(wire).messages.catchUp()
    const away = { listeners: new Set(), carried: [], open: () => Promise.reject(new Error('away')) }
    const alone = startProcess(away as never)
    await alone.messages.catchUp()
    const sent = token()
    alone.sent(sent)
    await alone.messages.close()
    expect(alone.bindings.headersFor(SITE)).toEqual(['authorization', sent])
  })
})
