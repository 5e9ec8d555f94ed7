import type { CDPSession, Page } from 'playwright'
import { describe, expect, it, vi } from 'vitest'
import { PageView } from '../../../../src/service/by-hand/page-view.ts'

/** A page that notes what is sent to it, with the number of the link. */
function notingPage() {
  const sent: string[] = []
  let links = 0
  const link = (nth: number) =>
    ({
      on() {},
      send: async (method: string) => void sent.push(`${nth} ${method}`),
      detach: async () => {},
    }) as unknown as CDPSession
  const page = {
    on() {},
    off() {},
    once() {},
    url: () => 'https://site.test/',
    viewportSize: () => ({ width: 1, height: 1 }),
    setViewportSize: async ({ width }: { width: number }) => void sent.push(`width ${width}`),
    bringToFront: async () => {},
    context: () => ({ newCDPSession: async () => link(++links) }),
  } as unknown as Page
  return { page, sent }
}
const listener = { onFrame() {}, onFacts() {}, onGone() {} }
const press = (action: 'down' | 'up') => ({ type: 'mouse', action, x: 0.5, y: 0.5, clicks: 1 }) as const

describe('a page that is shown to a person', () => {
  it('is shown anew for another size, and not for the one that it has: a click is not parted', async () => {
    const { page, sent } = notingPage()
    const view = new PageView(page, listener)
    await new Promise((resolve) => setImmediate(resolve)) // nobody has said how large it is
    view.resize(800, 600)
    view.input(press('down'))
    view.resize(800, 600)
    view.input(press('up'))
    view.resize(800, 500)
    await vi.waitFor(() => {
      expect(sent.filter((one) => /width|Mouse/.test(one))).toEqual([
        'width 800',
        '1 Input.dispatchMouseEvent',
        '1 Input.dispatchMouseEvent',
        'width 800',
      ])
    })
    await view.close()
  })
})
