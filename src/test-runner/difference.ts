import type { BrowserContext, Frame } from '@playwright/test'
import type { Session } from '../client/index.ts'
import { quietly } from './quietly.ts'

/** What a context and its session have that the other has not, by name. Values are not said. */
export async function differences(session: Session, context: BrowserContext): Promise<string[]> {
  const frames = context.pages().flatMap((page) => page.frames())
  const [cookies, items] = await Promise.all([
    cookieDifferences(session, context),
    Promise.all(frames.map((frame) => itemDifferences(session, frame))),
  ])
  return [...new Set([...cookies, ...items.flat()])].sort()
}

async function cookieDifferences(session: Session, context: BrowserContext): Promise<string[]> {
  const inBrowser = new Map<string, string>()
  for (const cookie of await quietly(context, () => context.cookies())) {
    inBrowser.set(nameOf(cookie.name, cookie.domain, cookie.path), cookie.value)
  }
  const inSession = new Map<string, string>()
  for (const { name, value, domain, hostOnly, path } of session.cookies.all()) {
    inSession.set(nameOf(text(name), hostOnly ? domain : `.${domain}`, text(path)), text(value))
  }
  return compare(inBrowser, inSession).map((name) => `the cookie ${name}`)
}

async function itemDifferences(session: Session, frame: Frame): Promise<string[]> {
  const origin = URL.parse(frame.url())?.origin
  if (origin === undefined || !/^https?:/.test(origin)) return []
  const read = () => frame.evaluate(() => Object.entries<string>(localStorage))
  // It is being led elsewhere, or has no storage.
  const inBrowser = await quietly(frame, read).catch(() => null)
  if (inBrowser === null) return []
  const inSession = new Map(await session.localStorage(origin).entries())
  return compare(new Map(inBrowser), inSession).map((key) => `the item ${key} of ${origin}`)
}

function compare(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key))
}

function nameOf(name: string, domain: string, path: string): string {
  return `${name} of ${domain}${path}`
}

/** A session has bytes, a browser text. */
function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
