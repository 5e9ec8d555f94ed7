export { BrowserHost, type BrowserOptions, type ContextOptions } from './browser-host.ts'
export type { ContextBinding } from './context-binding.ts'
export { defaultBrowserArgs, type FoundBrowser, findBrowser } from './find-browser.ts'
