import type { CDPSession, Page } from 'playwright'
import { closePage } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'
import { dispatchInput } from './dispatch-input.ts'
import type { PersonInput } from './person-message.ts'

/** What a view shows besides pictures. */
export interface ShownFacts {
  /** Where the page is, without path and query. */
  readonly origin: string
  /** Whether it lies over the page that the view began with. */
  readonly isPopup: boolean
}

export interface PageViewListener {
  /** A picture of the page, as JPEG. The next ones come when some have been acknowledged. */
  readonly onFrame: (jpeg: Buffer) => void
  readonly onFacts: (facts: ShownFacts) => void
  /** The page is gone, and there is nothing more to see. */
  readonly onGone: () => void
}

const QUALITY = 80
/** A page that lags so far behind does without what moves only, and at last without anything. */
const MAX_MOVES_UNDERWAY = 64
const MAX_UNDERWAY = 1_000

/**
 * Shows a page as it changes, and passes on what a person does with it: that page alone, and the windows that it opens over
 * itself. There is no way to another address but by what the page offers.
 */
export class PageView {
  readonly #listener: PageViewListener
  /** The page, and the windows over it. */
  readonly #stack: Page[] = []
  readonly #first: Page
  readonly #forget: (() => void)[] = []
  #size: { readonly width: number; readonly height: number } | undefined
  #link: CDPSession | undefined
  #switching: Promise<void> = Promise.resolve()
  /** Frames that wait for an acknowledgement, by Chromium's number. */
  #frames: number[] = []
  #shown = { width: 0, height: 0 }
  #pressed = false
  #hasTouch = false
  #underway = 0
  #closed = false

  constructor(page: Page, listener: PageViewListener) {
    this.#listener = listener
    this.#first = page
    this.#push(page)
  }

  /** Fits the page to what the person's browser shows, in CSS pixels; a page without a size of its own stays as it is. */
  resize(width: number, height: number): void {
    // Showing it anew would part a press from its release.
    if (this.#size?.width === width && this.#size.height === height) return
    this.#size = { width, height }
    this.#switch()
  }

  /** The oldest frame was shown. */
  acknowledge(): void {
    const sessionId = this.#frames.shift()
    if (sessionId !== undefined) this.#link?.send('Page.screencastFrameAck', { sessionId }).catch(ignore)
  }

  /** What comes while another page is being brought up waits for it. */
  input(input: PersonInput): void {
    const isMove = input.type === 'wheel' || (input.type === 'mouse' && input.action === 'move')
    if (this.#underway > (isMove ? MAX_MOVES_UNDERWAY : MAX_UNDERWAY)) return
    if (input.type === 'mouse' && input.action !== 'move') this.#pressed = input.action === 'down'
    const pressed = this.#pressed
    this.#underway++
    this.#switching
      .then(() => this.#dispatch(input, pressed))
      .catch(ignore)
      .finally(() => this.#underway--)
  }

  reload(): void {
    this.#top?.reload({ waitUntil: 'commit' }).catch(ignore)
  }

  /** Closes the window that lies over the page. */
  closePopup(): void {
    const top = this.#top
    if (top !== undefined && this.#stack.length > 1) void closePage(top)
  }

  /** Looks no more. The page stays as it is. */
  async close(): Promise<void> {
    this.#closed = true
    for (const forget of this.#forget.splice(0)) forget()
    await this.#switching
    await this.#leave()
  }

  get #top(): Page | undefined {
    return this.#stack.at(-1)
  }

  #push(page: Page): void {
    this.#stack.push(page)
    const onPopup = (popup: Page) => this.#push(popup)
    const onNavigated = () => this.#tell()
    const onClose = () => {
      this.#stack.splice(this.#stack.indexOf(page), 1)
      if (this.#closed) return
      if (this.#stack.length === 0 || page === this.#first) this.#listener.onGone()
      else this.#switch()
    }
    page.on('popup', onPopup)
    page.on('framenavigated', onNavigated)
    page.once('close', onClose)
    this.#forget.push(() => {
      page.off('popup', onPopup)
      page.off('framenavigated', onNavigated)
      page.off('close', onClose)
    })
    this.#switch()
  }

  #tell(): void {
    const page = this.#top
    if (page === undefined || this.#closed) return
    const url = page.url()
    const origin = URL.canParse(url) ? new URL(url).origin : 'null'
    this.#listener.onFacts({ origin, isPopup: page !== this.#first })
  }

  /** Shows the page on top, one switch after the other. */
  #switch(): void {
    this.#switching = this.#switching.then(() => this.#show().catch(ignore))
  }

  async #show(): Promise<void> {
    const page = this.#top
    const size = this.#size
    if (page === undefined || size === undefined || this.#closed) return
    await this.#leave()
    const link = await page.context().newCDPSession(page)
    this.#link = link
    link.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      if (this.#link !== link) return
      this.#shown = { width: metadata.deviceWidth, height: metadata.deviceHeight }
      this.#frames.push(sessionId)
      this.#listener.onFrame(Buffer.from(data, 'base64'))
    })
    this.#tell()
    if (page.viewportSize() !== null) await page.setViewportSize(size)
    await link.send('Page.enable')
    await page.bringToFront()
    await link.send('Page.startScreencast', {
      format: 'jpeg',
      quality: QUALITY,
      maxWidth: size.width,
      maxHeight: size.height,
    })
  }

  async #leave(): Promise<void> {
    const link = this.#link
    this.#link = undefined
    this.#frames = []
    this.#hasTouch = false
    await link?.detach().catch(ignore)
  }

  async #dispatch(input: PersonInput, pressed: boolean): Promise<void> {
    const link = this.#link
    if (link === undefined) return
    // A page that is touched has to know that it can be. The browser does one after the other.
    const isFirst = input.type === 'touch' && !this.#hasTouch
    if (isFirst) {
      this.#hasTouch = true
      link.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 5 }).catch(ignore)
    }
    await dispatchInput(link, input, { shown: this.#shown, pressed })
  }
}
