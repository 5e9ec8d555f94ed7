import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { OnejarError } from '../../core/index.ts'
import { loadPlaywright } from './load-playwright.ts'

/** Where a browser was found, in the order in which the places are asked. */
export type BrowserSource = 'option' | 'environment' | 'playwright' | 'path'

export interface FoundBrowser {
  readonly executablePath: string
  readonly source: BrowserSource
}

export interface FindBrowserOptions {
  /** The caller's own choice; nothing else is asked when it is given. */
  readonly executablePath?: string | undefined
  /** Default: `process.env`; read are ONEJAR_CHROMIUM, PATH and the variables that say where Playwright keeps its downloads. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Asked only where Playwright has downloaded a Chromium; whether the file exists is looked at. Default: Playwright. */
  readonly playwrightPath?: () => Promise<string>
}

const NAMES_ON_PATH = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const

/**
 * The Chromium to use: the option, ONEJAR_CHROMIUM, Playwright's own download, or the first one on PATH. Null when there
 * is none. A few file-system calls; Playwright is loaded only when its download folder holds a Chromium.
 *
 * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND when the option or ONEJAR_CHROMIUM names a file that cannot be executed:
 * another browser than the one asked for would be a surprise
 */
export async function findBrowser(options: FindBrowserOptions = {}): Promise<FoundBrowser | null> {
  const env = options.env ?? process.env
  if (options.executablePath) return named(options.executablePath, 'option', 'browser.executablePath')
  if (env['ONEJAR_CHROMIUM']) return named(env['ONEJAR_CHROMIUM'], 'environment', 'ONEJAR_CHROMIUM')
  const downloaded = await playwrightDownload(env, options.playwrightPath)
  if (downloaded) return { executablePath: downloaded, source: 'playwright' }
  for (const name of NAMES_ON_PATH) {
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, name)
      if (folder !== '' && (await isExecutable(file))) return { executablePath: file, source: 'path' }
    }
  }
  return null
}

/**
 * The arguments every Chromium is started with: nothing runs in the background that a page did not ask for, and no
 * QUIC, which proxies and the record of responses do not see. The sandbox is given up only for root, where Chromium
 * refuses to start with it.
 */
export function defaultBrowserArgs(options: { readonly root?: boolean } = {}): string[] {
  const root = options.root ?? isRoot()
  return [
    ...(root ? ['--no-sandbox'] : []),
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-quic',
    '--disable-sync',
  ]
}

/** Whether this process is root's. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Keep WebRTC from going past a proxy by UDP; the newer and the older name of one switch. */
export const NO_DIRECT_UDP_ARGS: readonly string[] = [
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
]

async function named(executablePath: string, source: BrowserSource, what: string): Promise<FoundBrowser> {
  if (await isExecutable(executablePath)) return { executablePath, source }
  throw new OnejarError('ONEJAR_BROWSER_NOT_FOUND', `${what} names no executable file: ${executablePath}`)
}

async function playwrightDownload(
  env: NonNullable<FindBrowserOptions['env']>,
  playwrightPath: FindBrowserOptions['playwrightPath'],
): Promise<string | null> {
  // Loading Playwright takes a third of a second, so it is asked only where its answer can be yes.
  if (!(await hasDownloads(env))) return null
  const file = await (playwrightPath ?? askPlaywright)()
  return (await isExecutable(file)) ? file : null
}

async function askPlaywright(): Promise<string> {
  const { chromium } = await loadPlaywright('launch')
  return chromium.executablePath()
}

/** Whether the folder that Playwright downloads to may hold a Chromium of some version. */
async function hasDownloads(env: NonNullable<FindBrowserOptions['env']>): Promise<boolean> {
  const chosen = env['PLAYWRIGHT_BROWSERS_PATH']
  if (chosen === '0') return true // beside Playwright itself, wherever that is installed
  const entries = await readdir(chosen || defaultDownloads(env)).catch(() => [])
  return entries.some((entry) => entry.startsWith('chromium'))
}

function defaultDownloads(env: NonNullable<FindBrowserOptions['env']>): string {
  const home = env['HOME'] || homedir()
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'ms-playwright')
  if (process.platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'ms-playwright')
  }
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'ms-playwright')
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
