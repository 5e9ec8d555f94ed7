import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrowserHost, type ContextBinding } from '../../../src/browser/index.ts'
import { systemClock } from '../../../src/core/index.ts'
import { type Delta, localWrite, SessionRecord } from '../../../src/record/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { Random } from '../../sync/soak/random.ts'

const API = { name: 'api' }
const PEER = { name: 'peer' }
const KEYS = ['a', 'b', 'c', 'd']

/** One process of several that share a session: a record, a context on it, and what it has to tell the others. */
interface Process {
  readonly record: SessionRecord
  readonly binding: ContextBinding
  readonly page: Page
  readonly outbox: Delta[]
}

describe('several contexts on one session', () => {
  let host: BrowserHost
  let server: TestServer
  let url: URL

  beforeAll(async () => {
    host = new BrowserHost()
    server = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(request.url === '/echo' ? (request.headers.cookie ?? '') : '<!doctype html>')
    })
    url = new URL(server.on('localhost'))
  })
  afterAll(async () => {
    await host.close()
    await server.close()
  })

  async function openOn(record: SessionRecord): Promise<{ binding: ContextBinding; page: Page }> {
    const binding = await host.bind(record)
    const page = await binding.newPage()
    await page.goto(url.href)
    return { binding, page }
  }

  async function seenBy(page: Page): Promise<{ header: string; items: [string, string][] }> {
    return page.evaluate(async () => ({
      header: await (await fetch('/echo')).text(),
      items: Object.entries({ ...localStorage }).sort() as [string, string][],
    }))
  }

  const writeIn = (page: Page, key: string, value: string | null) =>
    page.evaluate(
      ({ key, value }) => {
        document.cookie = value === null ? `${key}=; Max-Age=0` : `${key}=${value}`
        if (value === null) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
      },
      { key, value },
    )

  const writeTo = (record: SessionRecord, key: string, value: string | null) => {
    record.receive([value === null ? `${key}=; Max-Age=0` : `${key}=${value}`], url, undefined, API)
    record.write([localWrite(url.origin, key, value)], API)
  }

  it('two contexts on one record show each other’s writes and deletions', async () => {
    const record = new SessionRecord({ writer: 'one', clock: systemClock })
    const [left, right] = [await openOn(record), await openOn(record)]
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      await writeIn(from.page, 'k', 'v')
      await from.binding.pull()
      await to.binding.push()
      expect(await seenBy(to.page)).toEqual({ header: 'k=v', items: [['k', 'v']] })
      await writeIn(to.page, 'k', null)
      await to.binding.pull()
      await from.binding.push()
      expect(await seenBy(from.page)).toEqual({ header: '', items: [] })
    }
    await Promise.all([left.binding.close(), right.binding.close()])
  })

  it('two processes that write at the same time end the same, and what was deleted stays so', async () => {
    const seed = Number(process.env['ONEJAR_SEED'] ?? 1)
    const random = new Random(seed)
    const peers: Process[] = []
    for (const writer of ['left', 'right']) {
      const record = new SessionRecord({ writer, clock: systemClock })
      const outbox: Delta[] = []
      record.subscribe((delta, source) => {
        if (source !== PEER) outbox.push(delta)
      })
      peers.push({ record, outbox, ...(await openOn(record)) })
    }
    const [left, right] = peers as [Process, Process]
    const deliver = (from: Process, to: Process, count: number) => {
      for (const delta of from.outbox.splice(0, count)) to.record.merge(delta, PEER)
    }
    const settle = async () => {
      for (let round = 0; round < 3; round++) {
        for (const { binding } of peers) await binding.pull()
        deliver(left, right, left.outbox.length)
        deliver(right, left, right.outbox.length)
        for (const { binding } of peers) await binding.push()
      }
    }
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 8; i++) {
        const peer = random.pick(peers)
        const key = random.pick(KEYS)
        const value = random.chance(0.3) ? null : `${round}.${i}`
        if (random.chance(0.5)) await writeIn(peer.page, key, value)
        else writeTo(peer.record, key, value)
        // News travels late and in parts.
        if (random.chance(0.3)) await random.pick(peers).binding.pull()
        if (random.chance(0.3)) deliver(left, right, 1 + random.below(3))
        if (random.chance(0.3)) deliver(right, left, 1 + random.below(3))
      }
      await settle()
      const expected = {
        header: left.record.cookieHeader(url),
        items: [...left.record.localItems(url.origin)].sort(),
      }
      expect(right.record.cookieHeader(url), `seed ${seed}`).toBe(expected.header)
      expect([...right.record.localItems(url.origin)].sort(), `seed ${seed}`).toEqual(expected.items)
      expect(await seenBy(left.page), `seed ${seed}`).toEqual(expected)
      expect(await seenBy(right.page), `seed ${seed}`).toEqual(expected)
    }
    for (const key of KEYS) await writeIn(random.pick(peers).page, key, null)
    await settle()
    await settle()
    for (const { page, binding } of peers) {
      expect(await seenBy(page), `seed ${seed}`).toEqual({ header: '', items: [] })
      await binding.close()
    }
  })
})
