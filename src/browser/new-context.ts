import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright'
import type { Identity } from '../record/index.ts'
import type { HeadersAt } from './context-binding.ts'
import type { CdpLink } from './devtools/cdp-link.ts'
import { askContextId, contextIds } from './devtools/context-id.ts'
import { whileAnswering } from './devtools/while-answering.ts'
import { shownIdentity } from './identity-override.ts'
import type { FaultOf } from './network-faults.ts'

export interface ContextOptions {
  readonly proxy?:
    | {
        readonly server: string
        readonly username?: string | undefined
        readonly password?: string | undefined
      }
    | undefined
  readonly ignoreHTTPSErrors?: boolean | undefined
  /** Knows why a site could not be reached, where somebody else makes the connections. */
  readonly faultOf?: FaultOf | undefined
  /** What the session shows of itself; where this browser shows something else by itself, pages are set to this. */
  readonly identity?: Identity | undefined
  /** Whether it is made beside the profile that the browser was started with. Default: false, it is the profile's. */
  readonly apart?: boolean | undefined
  /** How Playwright is to make it besides. */
  readonly settings?: BrowserContextOptions | undefined
  /** Headers that the session adds to requests of its pages; at the host's `headerOrigins` alone. */
  readonly headersAt?: HeadersAt | undefined
  /** Ends the waiting for a browser. */
  readonly signal?: AbortSignal | undefined
}

/** A context, and the browser's id of it. */
export interface NewContext {
  readonly context: BrowserContext
  readonly browserContextId: string
}

/** A browser that contexts are made in. */
export interface ContextMaker {
  readonly browser: Browser
  /** Our own DevTools session in it. */
  readonly link: CdpLink
  /** Whether others may use it at the same time. */
  readonly shared: boolean
  /** The making of the last context: they are made one after the other. */
  making: Promise<unknown>
}

/** Makes a context after those that are being made. @throws what the browser says, or that it does not answer */
export function newContext(live: ContextMaker, options: BrowserContextOptions): Promise<NewContext> {
  const making = live.making.then(() =>
    whileAnswering(live.link, makeContext(live, options), ({ context }) => context.close()),
  )
  live.making = making.catch(() => {})
  return making
}

/** One at a time: most often the new context is what the list of contexts has more than before. */
async function makeContext(
  { browser, link, shared }: ContextMaker,
  options: BrowserContextOptions,
): Promise<NewContext> {
  const before = shared ? undefined : new Set(await contextIds(link))
  const context = await browser.newContext(options)
  try {
    const created = before && (await contextIds(link)).filter((id) => !before.has(id))
    // It is among those; where somebody else made one at the same time, only the context itself can tell.
    const [only] = created?.length === 1 ? created : [await askContextId(context)]
    return { context, browserContextId: only as string }
  } catch (error) {
    context.close().catch(() => {})
    throw error
  }
}

/**
 * What Playwright is to be asked for.
 *
 * @param own - what the browser shows of itself, where that is known
 */
export function contextOptions(options: ContextOptions, own: Identity | undefined): BrowserContextOptions {
  const { proxy, ignoreHTTPSErrors, identity, settings } = options
  const shown = shownIdentity(identity, own)
  return {
    ...settings,
    // Chromium would go to this machine's own addresses without it.
    ...(proxy === undefined ? {} : { proxy: { ...withoutUndefined(proxy), bypass: '<-loopback>' } }),
    ...(ignoreHTTPSErrors === undefined ? {} : { ignoreHTTPSErrors }),
    ...(shown === undefined ? {} : { userAgent: shown.identity.userAgent }),
  }
}

function withoutUndefined({ server, username, password }: NonNullable<ContextOptions['proxy']>) {
  return {
    server,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}
