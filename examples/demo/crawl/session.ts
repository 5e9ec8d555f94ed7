import type { Page } from 'playwright'

/** What the crawl needs of a session; Onejar's `Session` has it. */
export interface CrawlSession {
  fetch(url: string, init?: { headers?: Record<string, string> }): Promise<Response & { readonly via: Via }>
  page(): Promise<Page>
  localStorage(origin: string): { get(key: string): string | null | Promise<string | null> }
}

export type Via = 'http' | 'page-fetch' | 'page'
