import type { Browser, BrowserContext, Page } from '@playwright/test'
import { internalsOf, type Session } from '../client/index.ts'
import { type HiddenPages, hidePages } from './hidden-pages.ts'
import { quiet, quietly } from './quietly.ts'
import { shareRequests } from './request.ts'

/** A context of the runner's that shows what a session holds, and gives it what its pages write. */
export interface Attachment {
  readonly context: BrowserContext
  /** What pages wrote is in the session, and they see what it holds. */
  settle(): Promise<void>
  /** The session has the cookies that the context was given, whatever its pages do. */
  takeCookies(): Promise<void>
  /** Takes in what the pages wrote last. The context goes on by itself. */
  end(): Promise<void>
}

const bySession = new WeakMap<Session, Attachment>()
const byContext = new WeakMap<BrowserContext, Session>()
const browsers = new WeakMap<Browser, Browser>()

/** The context that is the session's now. */
export function attachmentOf(session: Session): Attachment | undefined {
  return bySession.get(session)
}

/** The session that a context belongs to. */
export function sessionOf(context: BrowserContext): Session | undefined {
  return byContext.get(context)
}

/** The contexts that a browser has before the runner makes another one. */
export function contextsBefore(session: Session, browser: Browser): Promise<ReadonlySet<string>> {
  return internalsOf(session).contextsOf(quietBrowser(browser))
}

/**
 * Makes a context that the runner has made the session's.
 *
 * @param before - what `contextsBefore` said
 * @throws OnejarError ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
 */
export async function attach(
  context: BrowserContext,
  session: Session,
  before: ReadonlySet<string>,
): Promise<Attachment> {
  const pages = hidePages(context)
  const ours = quietContext(context, pages)
  const openHidden = () => quietly(context, () => pages.open())
  const binding = await quietly(context, () =>
    internalsOf(session).attach(ours, { before, openHidden, standsFor: context }),
  )
  const { newPage } = context
  if (binding.restores)
    context.newPage = async () => {
      const page = await newPage.call(context)
      await quietly(context, () => binding.restore(page))
      return page
    }
  const giveBack = shareRequests({
    context,
    session,
    push: () => binding.push(),
    pull: () => binding.pull(),
  })
  const attachment: Attachment = {
    context,
    settle: () =>
      quietly(context, async () => {
        await binding.pull()
        await binding.push()
      }),
    takeCookies: () => quietly(context, () => binding.pullCookies()),
    end: () =>
      quietly(context, async () => {
        await binding.close()
        context.newPage = newPage
        giveBack()
        pages.restore()
        byContext.delete(context)
        bySession.delete(session)
        forgetVideos(context, pages.hidden)
      }),
  }
  bySession.set(session, attachment)
  byContext.set(context, session)
  return attachment
}

/** The context as the binding uses it. */
function quietContext(context: BrowserContext, pages: HiddenPages): BrowserContext {
  const inner = quiet(context)
  const on = (event: string, listener: (page: Page) => void) => {
    if (event === 'page') pages.on(listener)
    else inner.on(event as 'page', listener)
    return context
  }
  const off = (event: string, listener: (page: Page) => void) => {
    if (event === 'page') pages.off(listener)
    else inner.off(event as 'page', listener)
    return context
  }
  const browser = context.browser()
  return quiet(context, {
    browser: () => browser && quietBrowser(browser),
    on: on as BrowserContext['on'],
    off: off as BrowserContext['off'],
  })
}

function quietBrowser(browser: Browser): Browser {
  const known = browsers.get(browser) ?? quiet(browser)
  browsers.set(browser, known)
  return known
}

/** Pages that nobody was to see are in no video: their files go with the context. */
function forgetVideos(context: BrowserContext, hidden: Iterable<Page>): void {
  context.once('close', () => {
    for (const page of hidden) {
      const video = page.video()
      if (video !== null) quietly(context, () => video.delete()).catch(() => {})
    }
  })
}
