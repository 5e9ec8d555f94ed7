import type * as Cheerio from '@crawlee/cheerio'
import type * as Playwright from '@crawlee/playwright'
import { loadWith } from '../../support/load-with.ts'

/** The bridge, and Crawlee in one version. Both have Crawlee's classes of the same copy. */
export interface Versioned<Module> {
  readonly crawlee: Module
  readonly crawlWith: typeof import('../../../src/crawlee/index.ts').crawlWith
}

type Load<Module> = () => Promise<Versioned<Module>>

/** CheerioCrawler and HttpCrawler, at the oldest and newest version that is supported. */
export const CHEERIO: readonly (readonly [version: string, load: Load<typeof Cheerio>])[] = [
  ['3.18.0', () => load('crawlee-oldest-cheerio')],
  ['newest', () => load('@crawlee/cheerio')],
]

/** PlaywrightCrawler, the same. */
export const PLAYWRIGHT: readonly (readonly [version: string, load: Load<typeof Playwright>])[] = [
  ['3.18.0', () => load('crawlee-oldest-playwright')],
  ['newest', () => load('@crawlee/playwright')],
]

/** A user has one copy of Crawlee, whose crawlers export its core again; here several are installed. */
async function load<Module extends object>(from: string): Promise<Versioned<Module>> {
  const crawlee = (await import(from)) as Module
  const { crawlWith } = await loadWith<typeof import('../../../src/crawlee/index.ts')>('crawlee/index.ts', {
    '@crawlee/core': from,
  })
  const { log } = crawlee as unknown as typeof Cheerio
  log.setLevel(log.LEVELS.OFF)
  return { crawlee, crawlWith }
}

/** A configuration of its own for each crawl: nothing is kept on the disk, and none sees another's storage. */
export function freshConfiguration({ Configuration }: Pick<typeof Cheerio, 'Configuration'>) {
  return new Configuration({ persistStorage: false, availableMemoryRatio: 0.9 })
}
