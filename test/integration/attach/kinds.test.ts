import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { ATTACHABLE, type Attachable } from '../../support/attachable.ts'
import { memoryBroker } from '../../support/broker.ts'
import { Site } from '../../sync/site.ts'
import { toThisMachine } from '../../sync/to-this-machine.ts'

let broker: Broker
let site: Site

beforeAll(async () => {
  broker = await memoryBroker({ connect: toThisMachine })
  site = await Site.start()
})

afterAll(async () => {
  await broker.close()
  await site.close()
})

const header = async (session: Session, name = 'shop') => (await session.fetch(site.echo(name))).text()

/** The kinds of specs in `test/sync`, each once, on a context that somebody else made. */
describe.each(Object.keys(ATTACHABLE))('a context that is %s', (kind) => {
  let own: Attachable
  beforeAll(async () => {
    own = await (ATTACHABLE[kind] as () => Promise<Attachable>)()
  })
  afterAll(() => own[Symbol.asyncDispose]())

  it('shows what the session holds, and the session has what it holds', async () => {
    const session = await broker.session(`${kind} 1`)
    const page = await own.context.newPage()
    await page.goto(site.url({ set: ['theirs=1', 'both=theirs'] }))
    await page.evaluate(() => {
      localStorage.setItem('theirs', '1')
      localStorage.setItem('both', 'theirs')
    })
    await session.cookies.set('ours=1; HttpOnly', site.origin())
    await session.cookies.set('both=ours', site.origin())
    await session.localStorage(site.origin()).set('both', 'ours')
    await using attached = await session.attach(own.context)
    expect(new Set((await header(session)).split('; '))).toEqual(new Set(['theirs=1', 'ours=1', 'both=ours']))
    expect(await page.evaluate(() => localStorage.getItem('both'))).toBe('ours')
    expect(await session.localStorage(site.origin()).get('theirs')).toBe('1')
    await attached.detach()
    expect(page.isClosed()).toBe(false)
    await page.close()
  })

  it('and the session are the same at each request, both ways, until they are parted', async () => {
    const session = await broker.session(`${kind} 2`)
    await using attached = await session.attach(own.context)
    await own.context.clearCookies()
    const page = await session.page()
    expect(page.context()).toBe(own.context)
    await page.goto(site.url({ set: ['nav=1; HttpOnly', 'gone=1'] }))
    expect(await header(session)).toBe('nav=1; gone=1')
    await page.evaluate(() => {
      document.cookie = 'gone=; Max-Age=0'
      document.cookie = 'script=1'
      localStorage.setItem('k', 'v')
    })
    expect(await header(session)).toBe('nav=1; script=1')
    expect(await session.localStorage(site.origin()).get('k')).toBe('v')
    await (await session.fetch(site.url({ set: ['http=1'] }))).text()
    expect(await (await page.goto(site.echo()))?.text()).toBe('nav=1; script=1; http=1')
    await session.localStorage(site.origin('other')).set('elsewhere', '1')
    await page.goto(site.url({}, { name: 'other' }))
    expect(await page.evaluate(() => localStorage.getItem('elsewhere'))).toBe('1')
    await page.evaluate((url) => void open(url), site.url({ set: ['popup=1'] }, { name: 'other' }))
    await expect.poll(() => header(session, 'other')).toBe('popup=1')
    expect(attached.attached).toBe(true)
    await attached.detach()
    expect(attached.attached).toBe(false)
    await session.cookies.set('after=1', site.origin())
    await page.goto(site.url({ set: ['page=1'] }))
    expect(await header(session)).toBe('nav=1; script=1; http=1; after=1')
    expect(await (await page.goto(site.echo()))?.text()).toBe('nav=1; script=1; http=1; page=1')
    for (const open of own.context.pages().slice(1)) await open.close()
  })

  it('stays when its session is released, and can be another one’s then', async () => {
    const session = await broker.session(`${kind} 3`)
    await session.attach(own.context)
    const page = await own.context.newPage()
    await page.goto(site.url())
    await session.release()
    expect(page.isClosed()).toBe(false)
    const next = await broker.session(`${kind} 4`)
    await using attached = await next.attach(own.context)
    await page.evaluate(() => {
      document.cookie = 'next=1'
    })
    expect(await header(next)).toContain('next=1')
    expect(attached.context).toBe(own.context)
    await page.close()
  })
})
