import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { RemoteBrowser } from './remote-browser.ts'

/** A browser context that somebody else made, and what ends it. */
export interface Attachable extends AsyncDisposable {
  readonly context: BrowserContext
}

const launchOptions = async (args: readonly string[] = []) => {
  const found = await findBrowser()
  return {
    args: [...defaultBrowserArgs(), ...args],
    timeout: 110_000,
    ...(found === null ? {} : { executablePath: found.executablePath }),
  }
}

/** A browser of a user's. */
export async function usersBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch(await launchOptions(args))
}

/** One that was launched, with options of the user's. */
async function launched(args: readonly string[], options: BrowserContextOptions): Promise<Attachable> {
  const browser = await usersBrowser(args)
  const context = await browser.newContext(options)
  return { context, [Symbol.asyncDispose]: () => browser.close() }
}

/** One with a profile on the disk. */
async function persistent(args: readonly string[]): Promise<Attachable> {
  const folder = mkdtempSync(join(tmpdir(), 'onejar-profile-'))
  const context = await chromium.launchPersistentContext(folder, await launchOptions(args))
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The default context of a browser that runs already. */
async function overCdp(args: readonly string[]): Promise<Attachable> {
  const remote = await RemoteBrowser.start(args)
  const browser = await chromium.connectOverCDP(remote.endpoint)
  const [context] = browser.contexts()
  return {
    context: context as BrowserContext,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await remote[Symbol.asyncDispose]()
    },
  }
}

/** Contexts of each kind, by what they are called; with further arguments for Chromium. */
export const ATTACHABLE: Readonly<Record<string, (args?: readonly string[]) => Promise<Attachable>>> = {
  'launched with options': (args = []) =>
    launched(args, { locale: 'de-DE', viewport: { width: 500, height: 400 } }),
  persistent: (args = []) => persistent(args),
  'the default one over CDP': (args = []) => overCdp(args),
}
