import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../../src/record/index.ts'
import type { TimedRequest } from '../../../src/routing/timed-request.ts'
import type { Transport } from '../../../src/routing/transport.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

/** A transport, and the record of the session that it sends for. */
export interface TransportUnderTest {
  readonly transport: Transport
  readonly record: SessionRecord
  /** What pages wrote until now is in the record afterwards. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** The cases that every transport has to pass. */
export function describeTransport(name: string, open: () => Promise<TransportUnderTest>): void {
  describe(`${name} as a transport`, () => {
    let under: TransportUnderTest
    let server: TestServer

    beforeAll(async () => {
      under = await open()
      server = await startHttpServer((request, response) => {
        const path = request.url ?? ''
        if (path === '/never') return
        response.setHeader('content-type', 'text/html')
        response.setHeader('set-cookie', 'seen=yes; Path=/')
        if (path === '/missing') response.statusCode = 404
        if (path === '/trouble') response.statusCode = 503
        response.end(`<!doctype html><title>Shop</title><p>${path}</p>`)
      })
    })
    afterAll(async () => {
      await under.close()
      await server.close()
    })

    const at = (path: string) => new URL(path, server.on('localhost'))
    const send = (url: URL, own: Partial<TimedRequest> = {}) =>
      under.transport.send({
        url,
        timeoutMs: 60_000,
        identity: undefined,
        deadline: performance.now() + 60_000,
        ...own,
      })
    const refusedPort = async () => {
      const gone = await startHttpServer(() => {})
      const url = new URL(gone.on('localhost'))
      await gone.close()
      return url
    }

    it('responds with what the site answers, by its own name, and the record has the cookies at the next barrier', async () => {
      const outcome = await send(at('/page'))
      if (outcome.kind !== 'response') throw new Error(outcome.kind)
      const { response } = outcome
      expect(response).toMatchObject({ via: under.transport.via, statusCode: 200, method: 'GET' })
      expect(response.url.href).toBe(at('/page').href)
      expect(await response.body.text()).toContain('<p>/page</p>')
      await under.settle()
      expect(under.record.cookieHeader(at('/'))).toContain('seen=yes')
    })

    it.each([
      ['/missing', 404],
      ['/trouble', 503],
    ])('takes an error of the site for a response: %s', async (path, statusCode) => {
      const outcome = await send(at(path))
      expect(outcome).toMatchObject({ kind: 'response', response: { statusCode } })
      if (outcome.kind === 'response') await outcome.response.body.dump()
    })

    it('fails where nobody answers', async () => {
      const outcome = await send(await refusedPort())
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'ONEJAR_NETWORK' } })
    })

    it('fails at the deadline', async () => {
      const outcome = await send(at('/never'), { timeoutMs: 500, deadline: performance.now() + 500 })
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'ONEJAR_TIMEOUT' } })
    })

    it('fails when the request is aborted', async () => {
      const outcome = await send(at('/never'), { signal: AbortSignal.abort() })
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'ONEJAR_ABORTED' } })
    })

    it.each(['block', 'captcha'] as const)('is refused where the site shows a %s', async (kind) => {
      const gate = await startGate(kind)
      try {
        const outcome = await send(new URL(gate.on('localhost')))
        expect(outcome).toMatchObject({ kind: 'refused', verdict: { kind } })
        if (outcome.kind === 'refused') expect(outcome.url.origin).toBe(gate.on('localhost'))
      } finally {
        await gate.close()
      }
    })
  })
}
