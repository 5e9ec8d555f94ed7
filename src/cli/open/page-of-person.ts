import type { BrowserContext, Page, Response } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import { internalsOf, type Session } from '../../client/index.ts'
import { ignore } from '../../core/index.ts'

/** A page that a person has before them. */
export interface PageOfPerson {
  readonly page: Page
  /** Resolves when the last of the pages that belong to it is closed, or its browser is gone. */
  readonly closed: Promise<void>
  /** The origins of the documents that were shown, as far as they are known. */
  readonly origins: ReadonlySet<string>
  /** Takes what the pages wrote last, and gives back what is not the session's. */
  leave(): Promise<void>
}

/**
 * Cookies that end with the browser are in no profile, and a browser ends with its last window, which may be the person's: they are
 * read this often, and when a site answered.
 */
const LOOK_EVERY_MS = 1_000
/** What may bring the cookies of a login. */
const MAY_SET_COOKIES = new Set(['document', 'fetch', 'xhr'])

/** A page in a window of the session's own; every tab of the window belongs to it. */
export async function openWindow(session: Session): Promise<PageOfPerson> {
  const page = await session.page()
  const { browser } = internalsOf(session).engine
  const binding = await browser.open()
  const context = page.context()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const origins = new Set<string>()
  const stopLooking = lookForCookies(binding, context)
  const watch = (shown: Page) => {
    keepInFront(binding, shown)
    shown.on('load', () => void binding.pull().catch(ignore))
    shown.on('framenavigated', (frame) => void origins.add(URL.parse(frame.url())?.origin ?? ''))
    shown.once('close', () => {
      if (binding.pages().every((each) => each.isClosed())) resolve()
    })
  }
  for (const shown of context.pages()) watch(shown)
  context.on('page', watch)
  context.once('close', () => resolve())
  context.browser()?.once('disconnected', () => resolve())
  return {
    page,
    closed,
    origins,
    async leave() {
      stopLooking()
      context.off('page', watch)
    },
  }
}

/** A tab of a browser that runs already, and what it opens: the person's other tabs are their own. */
export async function openTab(session: Session, endpoint: string): Promise<PageOfPerson> {
  const attached = await session.attach(endpoint)
  const page = await attached.context.newPage()
  const binding = await internalsOf(session).engine.browser.open()
  const cover = (shown: Page) => keepInFront(binding, shown)
  attached.context.on('page', cover)
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const opened = new Set<Page>()
  const watch = (shown: Page) => {
    opened.add(shown)
    shown.on('popup', watch)
    shown.once('close', () => {
      opened.delete(shown)
      if (opened.size === 0) resolve()
    })
  }
  watch(page)
  const stopLooking = lookForCookies(binding, attached.context)
  attached.context.once('close', () => resolve())
  return {
    page,
    closed,
    origins: new Set(),
    async leave() {
      stopLooking()
      attached.context.off('page', cover)
      await attached.detach()
    },
  }
}

/** @returns what stops it */
function lookForCookies(binding: ContextBinding, context: BrowserContext): () => void {
  const look = () => void binding.pullCookies().catch(ignore)
  const answered = (response: Response) => {
    if (MAY_SET_COOKIES.has(response.request().resourceType())) look()
  }
  const looking = setInterval(look, LOOK_EVERY_MS)
  context.on('response', answered)
  return () => {
    clearInterval(looking)
    context.off('response', answered)
  }
}

/** A page of ours opens as a tab in front of what the person looks at: theirs is shown again. */
function keepInFront(binding: ContextBinding, made: Page): void {
  binding
    .isBlank(made)
    .then((ours) => (ours ? binding.pages().at(-1)?.bringToFront() : undefined))
    .catch(ignore)
}

/** Has a profile show what it has of these origins to the session (cookies and localStorage), without asking their sites. */
export async function readProfile(session: Session, origins: Iterable<string>): Promise<void> {
  const page = await session.page()
  await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
  for (const origin of origins) {
    if (!/^https?:/.test(origin)) continue
    await page.goto(origin, { waitUntil: 'commit' }).catch(ignore)
    await session.flush()
  }
}
