/** A DevTools command that is asked for at the start. */
interface NeededCommand {
  readonly method: string
  /** Harmless ones, which Chromium answers with success unless `fails` says otherwise. */
  readonly params?: Readonly<Record<string, unknown>>
  /** Whether Chromium answers with an error, because what the parameters name does not exist. Default: false. */
  readonly fails?: boolean
  /** What goes without it; undefined where nothing does. */
  readonly without?: string
}

/** A command that the browser at the other end does not carry out, and what is lost by it. */
export interface LackingCommand {
  /** Its name, as `Page.captureScreenshot`. */
  readonly method: string
  /** What goes wrong without it, in a few words. */
  readonly without: string
}

/** Of the browser itself, beside those that make a page to ask. `browserContextId` is added. */
export const BROWSER_COMMANDS: readonly NeededCommand[] = [
  { method: 'Storage.getCookies' },
  { method: 'Storage.setCookies', params: { cookies: [] } },
  { method: 'Browser.setDownloadBehavior', params: { behavior: 'deny' } },
]

const NO_WEIGHT = 'contexts are replaced after a number of pages, whatever they weigh'
const NO_TAB_ITEMS = 'sessionStorage of tabs is not carried over'
const NO_FILES = 'documents that are no pages are not read by a page load'

/** Of a page: what Playwright sets each one up with, and what Onejar asks it. */
export const PAGE_COMMANDS: readonly NeededCommand[] = [
  { method: 'Page.enable' },
  { method: 'Page.getFrameTree' },
  { method: 'Page.setLifecycleEventsEnabled', params: { enabled: true } },
  { method: 'Page.addScriptToEvaluateOnNewDocument', params: { source: '' } },
  { method: 'Page.navigate', params: { url: 'about:blank' } },
  { method: 'Log.enable' },
  { method: 'Runtime.enable' },
  { method: 'Runtime.evaluate', params: { expression: '1' } },
  { method: 'Runtime.callFunctionOn', params: { functionDeclaration: 'function () {}' }, fails: true },
  { method: 'Runtime.runIfWaitingForDebugger' },
  { method: 'Network.enable' },
  { method: 'Network.getResponseBody', params: { requestId: 'none' }, fails: true },
  { method: 'Network.setBypassServiceWorker', params: { bypass: false } },
  { method: 'Emulation.setFocusEmulationEnabled', params: { enabled: true } },
  {
    method: 'Emulation.setDeviceMetricsOverride',
    params: { width: 0, height: 0, deviceScaleFactor: 0, mobile: false },
  },
  { method: 'Target.getTargetInfo' },
  {
    method: 'Target.setAutoAttach',
    params: { autoAttach: false, waitForDebuggerOnStart: false, flatten: true },
  },
  { method: 'Fetch.enable', params: { patterns: [{ urlPattern: 'none:*' }] } },
  { method: 'Fetch.continueRequest', params: { requestId: 'none' }, fails: true },
  {
    method: 'Fetch.fulfillRequest',
    params: { requestId: 'none', responseCode: 200 },
    fails: true,
  },
  {
    method: 'Fetch.failRequest',
    params: { requestId: 'none', errorReason: 'Aborted' },
    fails: true,
  },
  {
    method: 'Emulation.setScriptExecutionDisabled',
    params: { value: false },
    without: 'what a page writes while it is being closed may be missed',
  },
  {
    method: 'Emulation.setUserAgentOverride',
    params: { userAgent: '' },
    without: 'no session can show an identity other than the browser’s own',
  },
  {
    method: 'Page.captureScreenshot',
    params: { format: 'none' },
    fails: true,
    without: 'there are no pictures of what stopped a session',
  },
  { method: 'Runtime.getHeapUsage', without: NO_WEIGHT },
  { method: 'Storage.getUsageAndQuota', params: { origin: 'https://example.com' }, without: NO_WEIGHT },
  { method: 'DOMStorage.enable', without: NO_TAB_ITEMS },
  // It fails while the page navigates.
  { method: 'Page.resetNavigationHistory', fails: true, without: NO_TAB_ITEMS },
  {
    method: 'Fetch.takeResponseBodyAsStream',
    params: { requestId: 'none' },
    fails: true,
    without: NO_FILES,
  },
  { method: 'IO.read', params: { handle: 'none' }, fails: true, without: NO_FILES },
  { method: 'IO.close', params: { handle: 'none' }, fails: true, without: NO_FILES },
]

/** JSON-RPC: there is no such method. */
const NO_METHOD = -32601
/** How those who filter commands say no, where they do not say that there is none. */
const REFUSED =
  /not (?:allowed|supported|implemented|permitted|available)|forbidden|denied|unsupported|unknown (?:command|method)|wasn't found|blocked|disabled|restricted/i

/**
 * Whether an answer says that a command is not carried out.
 *
 * @param answer - undefined where none came
 */
export function isLacking(
  { fails = false }: Pick<NeededCommand, 'fails'>,
  answer: { readonly error?: { readonly code?: unknown; readonly message?: unknown } } | undefined,
): boolean {
  if (answer === undefined) return true
  const { error } = answer
  if (error === undefined) return false
  return !fails || error.code === NO_METHOD || REFUSED.test(String(error.message))
}
