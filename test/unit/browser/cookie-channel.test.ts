import { expect, it } from 'vitest'
import type { CdpLink } from '../../../src/browser/devtools/cdp-link.ts'
import { CookieChannel } from '../../../src/browser/state/cookie-channel.ts'
import { systemClock } from '../../../src/core/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'

/** Seconds. */
const LATER = Math.floor(Date.now() / 1000) + 600

/** A context that holds these, and the record that is kept the same. */
function channelOf(held: readonly string[], isClosing?: () => boolean) {
  const record = new SessionRecord({ clock: systemClock, writer: 'w' })
  const context = { held: new Set(held) }
  const send = async () => ({ cookies: [...context.held].map(cdpCookie) })
  const browser = { send } as unknown as CdpLink
  const source = { name: 'context' }
  const channel = new CookieChannel({ browser, browserContextId: 'C', record, source, isClosing })
  const names = () => record.cookies().map(({ name }) => name)
  return { channel, context, names }
}

/** One that ends with the browser, unless its name says that it stays. */
function cdpCookie(name: string) {
  const session = !name.startsWith('stays')
  const scope = { domain: 'shop.example', path: '/', sourceScheme: 'NonSecure', sourcePort: 80 }
  const flags = { httpOnly: false, secure: false, priority: 'Medium' }
  return {
    name,
    value: '1',
    size: name.length + 1,
    ...scope,
    ...flags,
    session,
    expires: session ? -1 : LATER,
  }
}

it('keeps the cookies that end with the browser, when a browser that is closing has dropped them', async () => {
  const { channel, context, names } = channelOf(['ends', 'stays', 'stays too'], () => true)
  await channel.pull()
  context.held = new Set(['stays'])
  await channel.pull()
  expect(names()).toEqual(['ends', 'stays'])
  // What is read again says no more.
  await channel.pull()
  expect(names()).toEqual(['ends', 'stays'])
})

it('takes for a deletion that one of them is missing, beside others', async () => {
  const { channel, context, names } = channelOf(['ends', 'ends too', 'stays'], () => true)
  await channel.pull()
  context.held.delete('ends')
  await channel.pull()
  expect(names()).toEqual(['ends too', 'stays'])
})

it('takes for deletions that all of them are missing, where the browser shows a page again', async () => {
  let closing = true
  const { channel, context, names } = channelOf(['ends'], () => closing)
  await channel.pull()
  context.held.delete('ends')
  await channel.pull()
  expect(names()).toEqual(['ends'])
  closing = false
  await channel.pull()
  expect(names()).toEqual([])
})

it('takes for deletions that all of them are missing in a context of its own', async () => {
  const { channel, context, names } = channelOf(['ends'])
  await channel.pull()
  expect(names()).toEqual(['ends'])
  context.held.delete('ends')
  await channel.pull()
  expect(names()).toEqual([])
})
