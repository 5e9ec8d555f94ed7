import type { FetchOptions, Via } from '../../src/index.ts'
import { itemTargets } from '../demo/crawl/targets.ts'
import { showsGoods } from './rendered-site.ts'

/** The sites of the crawl, by what they want of a client. */
export type Kind = 'gated' | 'rendered' | 'browser-only'

/** A page to fetch, how it has to come, and whether what came is right. */
export interface Job {
  readonly kind: Kind
  readonly url: string
  readonly init: FetchOptions
  readonly ways: readonly Via[]
  readonly correct: (body: string) => boolean
}

export interface Site {
  readonly origin: string
  /** How many of its pages are fetched. */
  readonly pages: number
}

/** All pages of all sites: those of one site are spread among the others, as in a crawl that works on many. */
export function jobsOf(sites: Readonly<Record<Kind, Site>>): Job[] {
  const { gated, rendered, 'browser-only': browserOnly } = sites
  const lists: Job[][] = [
    itemTargets(gated.pages, gated.pages).map(({ path, correct }) => ({
      kind: 'gated',
      url: gated.origin + path,
      init: {},
      // The challenge is passed in a browser; everything else goes over HTTP.
      ways: ['http'],
      correct,
    })),
    Array.from({ length: rendered.pages }, (_, index) => ({
      kind: 'rendered',
      url: `${rendered.origin}/goods/${index + 1}`,
      init: { expect: { selector: '.price' } },
      ways: ['page'],
      correct: (body) => showsGoods(index + 1, rendered.pages, body),
    })),
    itemTargets(browserOnly.pages, browserOnly.pages).map(({ path, correct }) => ({
      kind: 'browser-only',
      url: browserOnly.origin + path,
      init: {},
      ways: ['page-fetch', 'page'],
      correct,
    })),
  ]
  const placed = lists.flatMap((list) => list.map((job, at) => ({ job, place: (at + 0.5) / list.length })))
  return placed.toSorted((a, b) => a.place - b.place).map(({ job }) => job)
}
