import { describe, expect, it } from 'vitest'
import { FrameTree } from '../../../src/browser/targets/frame-tree.ts'

const SHOP = 'https://shop.example'
const ACCOUNT = 'https://account.shop.example'
const AD = 'https://ad.test'

/** A page of these origins, each frame in the one before; in another target from `split` on. */
function nested(origins: readonly string[], split = origins.length) {
  const page = new FrameTree()
  const inner = new FrameTree(page)
  origins.forEach((origin, at) => {
    const tree = at < split ? page : inner
    if (at === 0 || at === split) tree.setRoot(`f${at}`)
    const frame = tree.add(`f${at}`, at === 0 ? undefined : `f${at - 1}`)
    tree.setOrigin(frame, origin)
  })
  return { page, inner }
}

describe('the site that a frame has in common with all above it', () => {
  it.each([
    ['the page', [SHOP], 0, 'https://shop.example'],
    ['a frame of the same site', [SHOP, ACCOUNT], 1, 'https://shop.example'],
    ['a frame of another site', [SHOP, AD], 1, undefined],
    ['a frame of the site in one of another', [SHOP, AD, SHOP], 2, undefined],
    ['a frame whose page has no origin', ['null', SHOP], 1, undefined],
  ])('%s', (_what, origins, at, site) => {
    expect(nested(origins).page.siteOf(`f${at}`)).toBe(site)
  })

  it('is looked up across targets', () => {
    expect(nested([SHOP, ACCOUNT], 1).inner.siteOf('f1')).toBe('https://shop.example')
    expect(nested([SHOP, AD, AD], 1).inner.siteOf('f2')).toBeUndefined()
  })

  it('is nobodys where the frame above is not known', () => {
    const tree = new FrameTree()
    tree.setOrigin(tree.add('lost', 'unknown'), SHOP)
    expect(tree.siteOf('lost')).toBeUndefined()
    expect(tree.siteOf('never seen')).toBeUndefined()
  })
})

describe('a document that is no more', () => {
  const goneOf = (origins: readonly string[], split?: number) => {
    const { page, inner } = nested(origins, split)
    const id = `f${origins.length - 1}`
    const tree = page.has(id) ? page : inner
    const frame = tree.get(id)
    return frame && tree.forget(frame)
  }

  it('may have written to its own origin', () => {
    expect(goneOf([SHOP])).toBe(SHOP)
    expect(goneOf([SHOP, ACCOUNT])).toBe(ACCOUNT)
  })

  it('has a storage of its own where a document of another site stands above it', () => {
    expect(goneOf([SHOP, AD])).toBeNull()
    expect(goneOf([SHOP, AD, SHOP])).toBeNull()
    expect(goneOf([SHOP, AD, SHOP], 1), 'all of it in another process').toBeNull()
    expect(goneOf([SHOP, AD, SHOP], 2), 'the other site in the process of the page').toBeNull()
  })

  it('is taken for one of the page in a frame that nobody knows the place of yet', () => {
    const { inner } = nested([SHOP, AD], 1)
    const lost = inner.add('lost', undefined)
    inner.setOrigin(lost, AD)
    expect(inner.forget(lost), 'the page is of another site').toBeNull()
    inner.setOrigin(lost, ACCOUNT)
    expect(inner.forget(lost)).toBe(ACCOUNT)
  })

  it('wrote nothing where it may not use storage, or has no origin', () => {
    const { page } = nested([SHOP])
    const frame = page.add('f0', undefined)
    frame.view = { frameId: 'f0', origin: SHOP, items: null }
    expect(page.forget(frame)).toBeNull()
    expect(goneOf(['null'])).toBeNull()
  })

  it('is asked in a new world next time', () => {
    const { page } = nested([SHOP])
    const frame = page.add('f0', undefined)
    frame.contextId = 7
    frame.version = '3'
    page.forget(frame)
    expect(frame).toMatchObject({ contextId: undefined, version: undefined, view: undefined, origin: null })
  })
})

it('remembers the origins that the page itself has shown, in the order of the first time', () => {
  const tree = new FrameTree()
  tree.setRoot('f0')
  const root = tree.add('f0', undefined)
  for (const origin of [SHOP, AD, SHOP, 'null']) tree.setOrigin(root, origin)
  tree.setOrigin(tree.add('f1', 'f0'), ACCOUNT)
  expect([...tree.visited]).toEqual([SHOP, AD])
})
