import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { type GateKind, startGate } from '../../support/gates.ts'

const LIMIT = 50_000
const LARGE = `<!doctype html><title>Shop</title><p>${'behind the gate '.repeat(10_000)}</p>`

describe('a body that is larger than maxResponseBytes', { timeout: 60_000 }, () => {
  async function bodyOf(kind: GateKind, options: object, request: object = {}) {
    await using gate = await startGate(kind, { content: LARGE })
    await using broker = await memoryBroker({ maxResponseBytes: LIMIT, ...options })
    const session = await broker.session('a')
    return await errorOf(async () => (await session.fetch(gate.origin, request)).text())
  }

  it.each<[string, GateKind, object, object?]>([
    ['over http, after a visit', 'cookie', {}],
    ['from a fetch in a page', 'connection', {}],
    ['from a page that renders', 'open', {}, { render: true }],
    ['from the visit itself', 'cookie', { browser: { answerFromVisits: true } }],
  ])('is refused %s', async (_, kind, options, request) => {
    const error = await bodyOf(kind, options, request)
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    expect(error.message).toContain('the body is larger than')
  })
})
