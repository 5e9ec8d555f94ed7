import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Purpose, RobotsRules, TdmFile } from '../../../src/compliance/index.ts'
import { streamedBody } from '../../../src/http/index.ts'
import { sitesPreferences } from '../../../src/pipeline/stages/preferences.ts'
import { EventHub } from '../../../src/routing/index.ts'
import type { PreferenceBooks, SiteFileRequester } from '../../../src/services/index.ts'
import { errorOf } from '../../support/broker.ts'
import { ahead, aRequest, aResponse, textOf, URL_ASKED } from './a-request.ts'

const HTML = { 'content-type': 'text/html; charset=utf-8' }

/** The stage of a session that knows this robots.txt and this TDM file of every origin. */
function make({ robots = '', tdm = '', purpose = undefined as Purpose | undefined } = {}) {
  const events = new EventHub()
  const emitted: object[] = []
  events.tap((event) => void emitted.push(event), true)
  const audited: [string, object][] = []
  const tdmAsked: string[] = []
  const books = {
    userAgent: 'onejar',
    robots: { look: () => ({ rules: new RobotsRules(robots, 'onejar') }) },
    tdm: {
      ask: async (origin: string) => {
        tdmAsked.push(origin)
        return new TdmFile(tdm)
      },
    },
  } as unknown as PreferenceBooks
  const stage = sitesPreferences({
    books,
    requester: {} as SiteFileRequester,
    purpose,
    events,
    clock: { now: () => 5 },
    audit: (rule, facts) => audited.push([rule, facts]),
  })
  return { stage, emitted, audited, tdmAsked }
}

describe('a request without a purpose', () => {
  it('gets what robots.txt and headers say, and is never refused', async () => {
    const { stage, tdmAsked } = make({
      robots: 'User-agent: *\nContent-Signal: ai-train=no, search=yes\nAllow: /\n',
    })
    const headers = {
      'x-robots-tag': 'noarchive',
      'tdm-reservation': '1',
      'tdm-policy': 'https://shop.example/tdm',
    }
    const { preferences } = await ahead(stage, aResponse(200, { headers })).send(aRequest())
    expect(preferences.uses).toMatchObject({
      'ai-train': 'forbidden',
      search: 'allowed',
      archive: 'forbidden',
    })
    expect(preferences.statements.map(({ from }) => from)).toEqual(
      expect.arrayContaining(['robots.txt', 'x-robots-tag', 'tdm-reservation']),
    )
    expect(preferences.tdmPolicy).toBe('https://shop.example/tdm')
    expect(tdmAsked).toEqual([])
  })

  it('has its document left alone', async () => {
    const body = streamedBody(
      (async function* () {
        yield Buffer.from('<meta name="robots" content="noai">')
      })(),
      HTML,
    )
    const response = await ahead(make().stage, aResponse(200, { headers: HTML, body })).send(aRequest())
    expect(response.body).toBe(body)
    expect(response.preferences.uses['ai-train']).toBe('unknown')
  })

  it('that leaves robots.txt out hears nothing of it', async () => {
    const { stage } = make({ robots: 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n' })
    const { preferences } = await ahead(stage, aResponse()).send(aRequest({ robots: false }))
    expect(preferences.statements).toEqual([])
  })
})

describe('a request for a purpose', () => {
  it('is not sent where robots.txt forbids it; event, trail and error say why', async () => {
    const { stage, emitted, audited } = make({
      robots: 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n',
    })
    const { send, asked } = ahead(stage)
    const error = await errorOf(send(aRequest({ purpose: 'ai-train' })))
    expect(asked).toEqual([])
    const facts = {
      origin: URL_ASKED.origin,
      purpose: 'ai-train',
      reason: expect.stringMatching(/^robots\.txt.*ai-train=no/),
    }
    expect(error).toMatchObject({
      code: 'ONEJAR_PURPOSE_REFUSED',
      message: expect.stringContaining('http://shop.example/orders is not for ai-train'),
      details: { ...facts, rule: 'purpose-refused' },
    })
    expect(emitted).toEqual([{ type: 'purpose-refused', at: 5, ...facts }])
    expect(audited).toEqual([['purpose-refused', facts]])
  })

  it('is sent where another purpose is forbidden, or nothing is said', async () => {
    const { stage, audited } = make({ robots: 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n' })
    for (const purpose of ['search', 'ai-input'] as const)
      expect((await ahead(stage, aResponse()).send(aRequest({ purpose }))).statusCode).toBe(200)
    expect(audited).toEqual([])
  })

  it('is that of the session where it names none, and its own where it does', async () => {
    const { stage } = make({ purpose: 'ai-train' })
    const noAi = () => aResponse(200, { headers: { 'content-usage': 'train-ai=n' } })
    expect((await errorOf(ahead(stage, noAi()).send(aRequest()))).code).toBe('ONEJAR_PURPOSE_REFUSED')
    expect((await ahead(stage, noAi()).send(aRequest({ purpose: 'search' }))).statusCode).toBe(200)
  })

  it('gets no byte of a response whose headers forbid it', async () => {
    const response = aResponse(200, { headers: { 'content-signal': 'ai-input=no' } })
    const error = await errorOf(ahead(make().stage, response).send(aRequest({ purpose: 'ai-input' })))
    expect(error.code).toBe('ONEJAR_PURPOSE_REFUSED')
    expect(response.body.destroyed).toBe(true)
  })

  it('gets no byte of a document whose meta forbids it, and the whole of one that does not', async () => {
    const page = (content: string) =>
      `<head><meta name="robots" content="${content}"></head>${'x'.repeat(300_000)}`
    const pieces = (text: string) =>
      streamedBody(
        (async function* () {
          for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000))
        })(),
        HTML,
      )
    const ask = (content: string) => {
      const response = aResponse(200, { headers: HTML, body: pieces(page(content)) })
      return { response, answer: ahead(make().stage, response).send(aRequest({ purpose: 'archive' })) }
    }
    const refused = ask('noarchive')
    const closed = once(refused.response.body, 'close')
    expect((await errorOf(refused.answer)).code).toBe('ONEJAR_PURPOSE_REFUSED')
    await closed
    expect(await textOf(await ask('noindex').answer)).toBe(page('noindex'))
  })

  it('reads no metas of what is no document, or of a HEAD', async () => {
    const text = '<meta name="robots" content="noarchive">'
    const { stage } = make()
    for (const own of [{ headers: { 'content-type': 'text/plain' } }, { headers: HTML, method: 'HEAD' }]) {
      const answer = ahead(stage, aResponse(200, own, text)).send(aRequest({ purpose: 'archive' }))
      expect((await answer).preferences.uses.archive).toBe('unknown')
    }
  })

  it('asks for the TDM file for mining and training alone, and only where nothing nearer is said', async () => {
    const { stage, tdmAsked } = make({ tdm: JSON.stringify([{ location: '/*', 'tdm-reservation': 1 }]) })
    const refusal = await errorOf(ahead(stage, aResponse()).send(aRequest({ purpose: 'text-mining' })))
    expect(refusal).toMatchObject({ details: { reason: expect.stringContaining('tdmrep.json') } })
    expect(tdmAsked).toEqual([URL_ASKED.origin])
    expect((await ahead(stage, aResponse()).send(aRequest({ purpose: 'search' }))).statusCode).toBe(200)
    const open = aResponse(200, { headers: { 'tdm-reservation': '0' } })
    expect((await ahead(stage, open).send(aRequest({ purpose: 'text-mining' }))).statusCode).toBe(200)
    expect(tdmAsked).toEqual([URL_ASKED.origin])
  })

  it('fails with what failed, and lets the response go', async () => {
    const broken = streamedBody(
      (async function* () {
        yield Buffer.from('<p>')
        throw new Error('reset')
      })(),
      HTML,
    )
    const response = aResponse(200, { headers: HTML, body: broken })
    await expect(ahead(make().stage, response).send(aRequest({ purpose: 'search' }))).rejects.toThrow('reset')
    expect(response.body.destroyed).toBe(true)
  })
})
