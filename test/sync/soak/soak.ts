import type { Page } from '@playwright/test'
import type { Broker, Session } from '../../../src/index.ts'
import type { Site } from '../site.ts'
import { Model, sortedHeader, sortedItems } from './model.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { Random } from './random.ts'

export const HOSTS = ['shop', 'www.shop', 'other'] as const
export type Host = (typeof HOSTS)[number]

export interface SoakOptions {
  readonly broker: Broker
  readonly site: Site
  readonly seed: number
  readonly steps: number
  /** Called after each step. */
  readonly onStep?: (step: number) => void
}

/** A read that did not show what had been written before it. */
export class StaleRead extends Error {}

/**
 * Drives one session from both sides with random operations; after each of them the other side is asked at once.
 *
 * @throws StaleRead at the first read that differs from the model, with the seed and the last operations
 */
export async function soak(options: SoakOptions): Promise<Record<string, number>> {
  const run = new SoakRun(options)
  return run.go()
}

/** The state of a run: the session, its open pages, and what both have to show. */
export class SoakRun {
  readonly random: Random
  readonly model = new Model()
  readonly site: Site
  readonly counts: Record<string, number> = {}
  session!: Session
  pages: { page: Page; host: Host }[] = []
  readonly #options: SoakOptions
  readonly #trace: string[] = []
  #values = 0

  constructor(options: SoakOptions) {
    this.#options = options
    this.random = new Random(options.seed)
    this.site = options.site
  }

  async go(): Promise<Record<string, number>> {
    await this.reopen()
    const weights = OPERATIONS.reduce((sum, { weight }) => sum + weight, 0)
    for (let step = 0; step < this.#options.steps; step++) {
      const operation = this.#draw(weights)
      this.counts[operation.name] = (this.counts[operation.name] ?? 0) + 1
      this.#trace.push(`${step} ${operation.name}`)
      if (this.#trace.length > 12) this.#trace.shift()
      try {
        await operation.run(this)
      } catch (error) {
        throw new StaleRead(
          `seed ${this.#options.seed}, step ${step}: ${(error as Error).message}\n${this.#trace.join('\n')}`,
          { cause: error },
        )
      }
      this.#options.onStep?.(step)
    }
    await this.session.release()
    return this.counts
  }

  /** Adds to what is told when a read is stale. */
  note(text: string): void {
    this.#trace[this.#trace.length - 1] += ` | ${text}`
  }

  value(): string {
    return `v${++this.#values}`
  }

  async reopen(): Promise<void> {
    this.session = await this.#options.broker.session(`soak ${this.#options.seed}`)
    this.pages = []
  }

  /** An open page on a host: one that is there, or a new one. */
  async pageOn(host: Host): Promise<Page> {
    const there = this.pages.filter((each) => each.host === host)
    if (there.length > 0) return this.random.pick(there).page
    if (this.pages.length >= 4) await this.close(this.random.pick(this.pages).page)
    const page = await this.session.page()
    await page.goto(this.site.url({}, { name: host }))
    this.pages.push({ page, host })
    return page
  }

  async close(page: Page): Promise<void> {
    this.pages = this.pages.filter((each) => each.page !== page)
    await page.close()
  }

  moved(page: Page, host: Host): void {
    this.pages = this.pages.map((each) => (each.page === page ? { page, host } : each))
  }

  /** Asks HTTP and the record, at once. */
  async askHttp(host: Host): Promise<string> {
    const response = await this.session.request(this.site.echo(host))
    const header = await response.body.text()
    this.#same('HTTP header', sortedHeader(header), this.model.cookiesOf(host))
    return header
  }

  async askRecord(host: Host): Promise<void> {
    const items = await this.session.localStorage(this.site.origin(host)).entries()
    this.#same('record items', sortedItems(items), this.model.itemsOf(host))
  }

  /** Asks every open page of the host, at once. Whatever was asked before let each tab hear of the others' writes. */
  async askPages(host: Host): Promise<void> {
    for (const { page } of this.pages.filter((each) => each.host === host)) {
      const seen = await page.evaluate(() => ({
        script: document.cookie,
        items: Object.entries({ ...localStorage }) as [string, string][],
      }))
      this.#same('document.cookie', sortedHeader(seen.script), this.model.cookiesOf(host, { script: true }))
      this.#same('page items', sortedItems(seen.items), this.model.itemsOf(host))
    }
    const one = this.pages.find((each) => each.host === host)
    if (!one) return
    const sent = await one.page.evaluate(() => fetch('/echo').then((response) => response.text()))
    this.#same('header of a page', sortedHeader(sent), this.model.cookiesOf(host))
    this.#same('order of the header', await this.askHttp(host), sent)
  }

  #draw(weights: number): Operation {
    let at = this.random.below(weights)
    for (const operation of OPERATIONS) {
      at -= operation.weight
      if (at < 0) return operation
    }
    throw new Error('unreachable')
  }

  #same(what: string, got: string, expected: string): void {
    if (got !== expected) throw new Error(`stale ${what}: got [${got}], expected [${expected}]`)
  }
}
