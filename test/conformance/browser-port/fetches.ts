import { expect, it } from 'vitest'
import type { PageFetchReply, PageFetchTask } from '../../../src/browsing/index.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { going, type PortCases } from './kit.ts'

/** The cases of pages that are fetched in. */
export function describeFetches(cases: () => PortCases): void {
  const at = (path: string) => cases().site.at(path)
  const browser = () => cases().port.browser
  const taskOf = (url: URL, own: Partial<PageFetchTask> = {}): PageFetchTask => ({
    document: at('/page'),
    url,
    method: 'GET',
    headers: [],
    body: null,
    redirect: 'follow',
    ...own,
  })
  const fetch = async (url: URL, own: Partial<PageFetchTask> = {}, signal = going()) => {
    const reply: PageFetchReply = await browser().fetch(taskOf(url, own), { signal })
    if (reply.kind !== 'response') throw new Error(`not let through: ${reply.why}`)
    return reply
  }
  const read = async ({ answer, release }: Awaited<ReturnType<typeof fetch>>) => {
    const chunks: Buffer[] = []
    for await (const chunk of answer.chunks) chunks.push(chunk)
    release()
    return Buffer.concat(chunks)
  }

  it('fetches in a page, which is opened once, and gives it back', async () => {
    const before = cases().site.documents('/page')
    expect(await browser().openPage(at('/page'), { signal: going() })).toBeNull()
    const headers = ['content-type', 'text/plain']
    const reply = await fetch(at('/echo'), { method: 'POST', headers, body: Buffer.from('hello') })
    expect(reply.answer).toMatchObject({ statusCode: 200, redirected: false, opaqueRedirect: false })
    expect(reply.answer.url.href).toBe(at('/echo').href)
    expect((await read(reply)).toString()).toBe('POST hello')
    expect(cases().site.documents('/page')).toBe(before + 1)
  })

  it('has what an answer set in the record at once', async () => {
    const reply = await fetch(at('/token?fetched'), { method: 'POST' })
    expect(cases().port.record.cookieHeader(at('/'))).toContain('token=new')
    await read(reply)
  })

  it('takes bodies of any size in both directions', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024, 'a')
    expect((await read(await fetch(at('/length'), { method: 'POST', body }))).toString()).toBe(
      String(body.length),
    )
    expect((await read(await fetch(at('/large')))).length).toBe(6 * 1024 * 1024)
  })

  it('fetches several things at a time', async () => {
    const replies = await Promise.all([1, 2, 3].map(() => fetch(at('/large'))))
    const bodies = await Promise.all(replies.map(read))
    expect(bodies.map(({ length }) => length)).toEqual(Array(3).fill(6 * 1024 * 1024))
  })

  it('ends a request whose body is left', async () => {
    const reply = await fetch(at('/drip/left'))
    const { givenUp } = await cases().site.hanging('/drip/left')
    for await (const chunk of reply.answer.chunks) {
      expect(chunk.toString()).toBe('first')
      break
    }
    reply.release()
    await givenUp
  })

  it('ends with the reason of the signal, before and after the headers', async () => {
    const early = new AbortController()
    const waiting = fetch(at('/never/fetch'), {}, early.signal)
    const hanging = await cases().site.hanging('/never/fetch')
    const failed = expect(waiting).rejects.toThrow('given up')
    early.abort(new Error('given up'))
    await failed
    await hanging.givenUp

    const late = new AbortController()
    const reply = await fetch(at('/drip/late'), {}, late.signal)
    const { givenUp } = await cases().site.hanging('/drip/late')
    await reply.answer.chunks.next()
    const broken = expect(reply.answer.chunks.next()).rejects.toThrow('too late')
    late.abort(new Error('too late'))
    await broken
    reply.release()
    await givenUp
  })

  it('says what CORS and a content security policy forbid', async () => {
    const elsewhere = new URL('/price', `http://127.0.0.1:${cases().site.port}`)
    await expect(fetch(elsewhere)).rejects.toMatchObject({
      code: 'ONEJAR_PAGE_FETCH_REFUSED',
      details: { refusedBy: 'cors' },
    })
    await using strict = await startHttpServer((_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/html',
        'content-security-policy': "connect-src 'none'",
      })
      response.end('<p>strict')
    })
    const document = new URL(strict.on('localhost'))
    await expect(fetch(new URL('/x', document), { document })).rejects.toMatchObject({
      code: 'ONEJAR_PAGE_FETCH_REFUSED',
      details: { refusedBy: 'csp' },
    })
  })

  it('follows redirects, or shows that there is one', async () => {
    const followed = await fetch(at('/away'))
    expect(followed.answer.redirected).toBe(true)
    expect((await read(followed)).toString()).toBe('42')
    const manual = await fetch(at('/away'), { redirect: 'manual' })
    expect(manual.answer.opaqueRedirect).toBe(true)
    manual.release()
    await expect(fetch(at('/away'), { redirect: 'error' })).rejects.toMatchObject({
      code: 'ONEJAR_TOO_MANY_REDIRECTS',
    })
  })

  it('asks its caller before a redirect is followed, and ends with the refusal', async () => {
    const hops: string[] = []
    const allowed = await fetch(at('/away'), {
      beforeHop: (to, from) => {
        hops.push(`${from.pathname} ${to.pathname}`)
        return Promise.resolve()
      },
    })
    expect((await read(allowed)).toString()).toBe('42')
    expect(hops).toEqual(['/away /price'])
    const refusal = new Error('of the caller')
    await expect(fetch(at('/away'), { beforeHop: () => Promise.reject(refusal) })).rejects.toBe(refusal)
  })

  it('opens another page once the one that fetches is forgotten', async () => {
    await read(await fetch(at('/price')))
    const before = cases().site.documents('/page')
    browser().forgetPage(at('/').origin)
    await read(await fetch(at('/price')))
    expect(cases().site.documents('/page')).toBe(before + 1)
  })

  it('replies with what stops the page that is to fetch, from either task', async () => {
    await using block = await startGate('block')
    const document = new URL(block.on('localhost'))
    const stopped = { kind: 'failed', why: 'stopped', verdict: { kind: 'block' } }
    expect(await browser().openPage(document, { signal: going() })).toMatchObject(stopped)
    expect(await browser().fetch(taskOf(document, { document }), { signal: going() })).toMatchObject(stopped)
  })
}
