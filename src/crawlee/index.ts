export { type CrawleeBridge, type CrawlOptions, crawlWith } from './crawl-with.ts'
