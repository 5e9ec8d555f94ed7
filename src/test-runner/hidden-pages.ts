import type { BrowserContext, Page } from '@playwright/test'

type PageListener = (page: Page) => void

/** A context with pages that a test does not see. */
export interface HiddenPages {
  /** Opens one. */
  open(): Promise<Page>
  /** Calls back with each page, also with those that the test does not see. */
  on(listener: PageListener): void
  off(listener: PageListener): void
  /** Every page that was hidden. */
  readonly hidden: ReadonlySet<Page>
  /** Gives the context back as it was. */
  restore(): void
}

/**
 * Keeps pages of our own out of `context.pages()` and out of the event `page`, so that they are in no screenshot, no video
 * and no `waitForEvent`. While one is being opened, the events of others wait: only its answer says which is which.
 */
export function hidePages(context: BrowserContext): HiddenPages {
  const { pages, newPage } = context
  const emitter = context as unknown as { emit(event: string, ...args: unknown[]): boolean }
  const emit = emitter.emit
  const listeners = new Set<PageListener>()
  const hidden = new Set<Page>()
  const unknown = new Set<Page>()
  let opening = 0

  context.pages = () => pages.call(context).filter((page) => !hidden.has(page) && !unknown.has(page))
  emitter.emit = (event, ...args) => {
    if (event !== 'page') return emit.call(context, event, ...args)
    const page = args[0] as Page
    for (const listener of listeners) listener(page)
    if (opening === 0) return emit.call(context, event, page)
    unknown.add(page)
    return true
  }
  const known = () => {
    if (--opening > 0) return
    const others = [...unknown].filter((page) => !hidden.has(page))
    unknown.clear()
    for (const page of others) emit.call(context, 'page', page)
  }

  return {
    hidden,
    async open() {
      opening++
      try {
        const page = await newPage.call(context)
        hidden.add(page)
        return page
      } finally {
        known()
      }
    },
    on: (listener) => void listeners.add(listener),
    off: (listener) => void listeners.delete(listener),
    restore() {
      context.pages = pages
      emitter.emit = emit
    },
  }
}
