import type { APIResponse } from '@playwright/test'
import { describe, expect, it, vi } from 'vitest'
import { REFRESHED, RefreshOnce } from '../../../src/test-runner/refresh-once.ts'
import { SharedNotes } from '../../../src/test-runner/shared-notes.ts'
import { AContext, aRequest, aResponse } from './a-context.ts'
import { WorkersStore } from './workers.ts'

/** A site whose refresh tokens, `1` first, can be used once each: it answers with the next one. */
class TokenSite {
  current = 1
  readonly spent: string[] = []
  readonly #answer: (next: string) => APIResponse | Promise<APIResponse>

  constructor(answer: (next: string) => APIResponse | Promise<APIResponse> = aResponse) {
    this.#answer = answer
  }

  readonly take = (token: string) => {
    this.spent.push(token)
    if (token !== String(this.current)) return aResponse('locked', { status: 401 })
    return this.#answer(String(++this.current))
  }
}

async function worker(
  store: WorkersStore,
  name: string,
  site: (body: string) => APIResponse | Promise<APIResponse>,
  {
    waitMs,
    ...given
  }: { settle?: () => Promise<void>; takeCookies?: () => Promise<void>; waitMs?: number } = {},
) {
  const session = store.worker(name)
  const context = new AContext(site)
  const notes = new SharedNotes(session, waitMs)
  const pages = { settle: async () => {}, takeCookies: async () => {}, ...given }
  const once = await RefreshOnce.start({
    context: context.asContext,
    session,
    url: '**/refresh',
    notes,
    ...pages,
  })
  const page = context.newPage()
  /** The page is refused with the newest token. */
  const refused = () => {
    const request = () => aRequest({ page, sentAt: Date.now() + 1_000 })
    context.emit('response', { status: () => 401, request })
  }
  return { context, once, session, notes, page, refused }
}

describe('a token that can be used once', () => {
  it('is replaced by one page; the others get its answer, whichever old token they come with', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const b = await worker(store, 'b', site.take)
    const c = await worker(store, 'c', site.take)
    const outcomes = await Promise.all([a, b, c].map(({ context }) => context.ask({ body: '1' })))
    expect(outcomes.map(({ body }) => body)).toEqual(['2', '2', '2'])
    b.refused()
    expect((await b.context.ask({ body: '2', page: b.page })).body).toBe('3')
    expect((await c.context.ask({ body: '1' })).body).toBe('3')
    expect(site.spent).toEqual(['1', '2'])
  })

  it('is known by the Authorization header too', async () => {
    const store = new WorkersStore()
    const sent = vi.fn(() => aResponse('new'))
    const a = await worker(store, 'a', sent)
    const b = await worker(store, 'b', sent)
    await a.context.ask({ authorization: 'Bearer 1' })
    await b.context.ask({ authorization: 'Bearer 1' })
    expect(sent).toHaveBeenCalledOnce()
    b.refused()
    await b.context.ask({ authorization: 'Bearer 2', page: b.page })
    expect(sent).toHaveBeenCalledTimes(2)
  })

  it('has its answer kept where the browser fails right after it was spent', async () => {
    const store = new WorkersStore()
    let broken = false
    const site = new TokenSite((next) => {
      broken = true
      return aResponse(next)
    })
    const settle = async () => {
      if (broken) throw new Error('the page is gone')
    }
    const a = await worker(store, 'a', site.take, { settle })
    const b = await worker(store, 'b', site.take)
    await a.context.ask({ body: '1' })
    expect((await b.context.ask({ body: '1' })).body).toBe('2')
    expect(site.spent).toEqual(['1'])
  })

  it('has its answer kept where the page that asked is gone', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const b = await worker(store, 'b', site.take)
    a.context.gone = new Error('closed')
    expect((await a.context.ask({ body: '1' })).body).toBeUndefined()
    expect((await b.context.ask({ body: '1' })).body).toBe('2')
    expect(site.spent).toEqual(['1'])
  })

  it('has its answer in the store before the page gets it, and before anybody else may ask', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const b = await worker(store, 'b', site.take)
    store.away.write = 2
    const outcomes = await Promise.all([a, b].map(({ context }) => context.ask({ body: '1' })))
    expect(outcomes.map(({ body }) => body)).toEqual(['2', '2'])
    expect(site.spent).toEqual(['1'])
  })

  it('is not sent without the lock', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take, { waitMs: 1 })
    store.away.lock = Number.POSITIVE_INFINITY
    expect((await a.context.ask({ body: '1' })).aborted).toBe(true)
    expect(site.spent).toEqual([])
    const b = await worker(store, 'b', site.take)
    store.away.lock = 1
    expect((await b.context.ask({ body: '1' })).body).toBe('2')
  })

  it('is not taken for spent where the site did not take it', async () => {
    const store = new WorkersStore()
    const answers = [aResponse('busy', { status: 503 }), aResponse('2')]
    const sent = vi.fn(() => answers.shift() as APIResponse)
    const a = await worker(store, 'a', sent)
    expect((await a.context.ask({ body: '1' })).status).toBe(503)
    expect((await a.context.ask({ body: '1' })).body).toBe('2')
  })

  it('gets an empty answer where the first was too long to be kept', async () => {
    const store = new WorkersStore()
    const a = await worker(store, 'a', () => aResponse('x'.repeat(70_000)))
    await a.context.ask({ body: '1' })
    expect(await a.context.ask({ body: '1' })).toMatchObject({ status: 204, body: '' })
  })
})

describe('a request because of an answer to an old token', () => {
  it('gets the new one, when it was refused before the token was replaced', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const page = {}
    const refused = { status: () => 401, request: () => aRequest({ page, sentAt: Date.now() - 1_000 }) }
    a.context.emit('response', refused)
    await a.context.ask({ body: '1' })
    expect((await a.context.ask({ body: '2', page })).body).toBe('2')
    const later = { status: () => 403, request: () => aRequest({ page, sentAt: Date.now() + 1_000 }) }
    a.context.emit('response', later)
    expect((await a.context.ask({ body: '2', page })).body).toBe('3')
    expect(site.spent).toEqual(['1', '2'])
  })

  it('counts from the document where nothing was refused', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const page = {}
    await a.context.ask({ body: '1' })
    a.context.emit('request', aRequest({ page, sentAt: Date.now() + 1_000, navigates: true }))
    expect((await a.context.ask({ body: '2', page })).body).toBe('3')
  })
})

describe('a token in a cookie', () => {
  const cookie = { headers: { 'set-cookie': 'refresh=2; Path=/' } }

  it('is in the record before others hear that it is there', async () => {
    const store = new WorkersStore()
    const order: string[] = []
    const takeCookies = async () => void order.push('cookies')
    const a = await worker(store, 'a', () => aResponse('{}', cookie), { takeCookies })
    a.notes.onPut(REFRESHED, () => order.push('note'))
    await a.context.ask()
    expect(order).toEqual(['cookies', 'note'])
  })

  it('is taken from the answer where the browser does not give it', async () => {
    const store = new WorkersStore()
    const takeCookies = async () => {
      throw new Error('gone')
    }
    const a = await worker(store, 'a', () => aResponse('{}', cookie), { takeCookies })
    await a.context.ask()
    expect(a.session.record.cookieHeader(new URL('http://site.test/'))).toBe('refresh=2')
  })

  it('is replaced once for pages that ask with nothing, until one is refused later', async () => {
    const store = new WorkersStore()
    const sent = vi.fn(() => aResponse('{}', cookie))
    const a = await worker(store, 'a', sent)
    const b = await worker(store, 'b', sent)
    const page = {}
    await Promise.all([a.context.ask({ page }), b.context.ask({ page })])
    expect(sent).toHaveBeenCalledOnce()
    b.context.emit('response', {
      status: () => 401,
      request: () => aRequest({ page, sentAt: Date.now() + 1_000 }),
    })
    await b.context.ask({ page })
    expect(sent).toHaveBeenCalledTimes(2)
  })

  it('is asked for where pages could not be shown the one that was announced', async () => {
    const store = new WorkersStore()
    let shown = true
    const settle = async () => {
      if (!shown) throw new Error('the page does not answer')
    }
    const sent = vi.fn(() => aResponse('{}', cookie))
    const a = await worker(store, 'a', sent, { settle })
    const page = {}
    shown = false
    a.notes.put(REFRESHED, REFRESHED)
    // Nothing is sent with what may be an old token.
    expect((await a.context.ask({ page })).status).toBeUndefined()
    shown = true
    expect((await a.context.ask({ page })).status).toBe(204)
    expect(sent).not.toHaveBeenCalled()
  })
})

describe('a page that is closed', () => {
  it('waits for the answer to what it sent', async () => {
    const store = new WorkersStore()
    const sent = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<APIResponse>()
    const a = await worker(store, 'a', () => {
      sent.resolve()
      return answer.promise
    })
    const asked = a.context.ask({ body: '1', page: a.page })
    await sent.promise
    const closing = a.page.close()
    expect(a.page.closed).toBe(false)
    answer.resolve(aResponse('2'))
    await closing
    expect(a.page.closed).toBe(true)
    expect((await asked).body).toBe('2')
  })

  it('has nothing sent that only waits, and leaves what other pages wait for', async () => {
    const store = new WorkersStore()
    const site = new TokenSite()
    const a = await worker(store, 'a', site.take)
    const other = await worker(store, 'other', site.take)
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const turn = other.notes.alone('refreshed by http://site.test/refresh', () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    const asked = a.context.ask({ body: '1', page: a.page })
    const another = a.context.ask({ body: '1', page: a.context.newPage() })
    await a.page.close()
    expect((await asked).aborted).toBe(true)
    expect(site.spent).toEqual([])
    end.resolve()
    await turn
    expect((await another).body).toBe('2')
  })

  it('that asks whether it may be closed may go on', async () => {
    const site = new TokenSite()
    const a = await worker(new WorkersStore(), 'a', site.take)
    await a.page.close({ runBeforeUnload: true })
    expect((await a.context.ask({ body: '1', page: a.page })).body).toBe('2')
  })
})

describe('the end of a context', () => {
  it('waits for the answer to what was sent, and has nothing more sent', async () => {
    const store = new WorkersStore()
    const sent = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<APIResponse>()
    const a = await worker(store, 'a', () => {
      sent.resolve()
      return answer.promise
    })
    const first = a.context.ask({ body: '1' })
    await sent.promise
    const waiting = a.context.ask({ body: 'other' })
    const end = a.once.end()
    expect((await waiting).status).toBeUndefined()
    answer.resolve(aResponse('2'))
    await end
    expect((await first).body).toBe('2')
    expect((await a.context.ask({ body: '2' })).status).toBeUndefined()
    const b = await worker(store, 'b', () => aResponse('never'))
    expect((await b.context.ask({ body: '1' })).body).toBe('2')
  })

  it('leaves nothing that listens', async () => {
    const a = await worker(new WorkersStore(), 'a', () => aResponse('2'))
    await a.once.end()
    expect([a.context.listenerCount('request'), a.context.listenerCount('response')]).toEqual([0, 0])
  })
})
