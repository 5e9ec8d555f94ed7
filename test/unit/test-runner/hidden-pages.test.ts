import { EventEmitter } from 'node:events'
import type { BrowserContext, Page } from '@playwright/test'
import { describe, expect, it } from 'vitest'
import { hidePages } from '../../../src/test-runner/hidden-pages.ts'

/** A context of Playwright's, as far as pages go. */
class Pages extends EventEmitter {
  readonly #pages: Page[] = []
  /** What happens while a page is being opened. */
  meanwhile: () => void = () => {}

  pages(): Page[] {
    return [...this.#pages]
  }

  add(): Page {
    const page = {} as Page
    this.#pages.push(page)
    this.emit('page', page)
    return page
  }

  async newPage(): Promise<Page> {
    const page = this.add()
    this.meanwhile()
    return page
  }
}

function make() {
  const context = new Pages()
  const shown: Page[] = []
  context.on('page', (page) => shown.push(page))
  const all: Page[] = []
  const pages = hidePages(context as unknown as BrowserContext)
  const listener = (page: Page) => void all.push(page)
  pages.on(listener)
  return { context, pages, shown, all, listener }
}

describe('a hidden page', () => {
  it('is in no list and no event of the context', async () => {
    const { context, pages, shown, all } = make()
    const page = await pages.open()
    expect(context.pages()).toEqual([])
    expect(shown).toEqual([])
    expect(all).toEqual([page])
    expect([...pages.hidden]).toEqual([page])
  })

  it('keeps no other page from being seen, one that comes meanwhile either', async () => {
    const { context, pages, shown, all } = make()
    let popup: Page | undefined
    context.meanwhile = () => {
      popup = context.add()
      expect(context.pages()).toEqual([])
    }
    await pages.open()
    const later = context.add()
    expect(shown).toEqual([popup, later])
    expect(context.pages()).toEqual([popup, later])
    expect(all).toHaveLength(3)
  })

  it('shows what came meanwhile where it could not be opened', async () => {
    const { context, pages, shown } = make()
    context.meanwhile = () => {
      throw new Error('closed')
    }
    await expect(pages.open()).rejects.toThrow('closed')
    expect(shown).toHaveLength(1)
  })

  it('leaves the context as it was', async () => {
    const { context, pages, all, listener } = make()
    const hidden = await pages.open()
    pages.off(listener)
    pages.restore()
    context.add()
    expect(context.pages()[0]).toBe(hidden)
    expect(all).toEqual([hidden])
  })
})
