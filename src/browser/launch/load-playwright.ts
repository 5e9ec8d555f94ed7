import { createRequire } from 'node:module'
import { OnejarError } from '../../core/index.ts'

type Playwright = typeof import('playwright')

/** The first version that drives a browser over a transport of our own. */
const CONNECTS_FROM = [1, 61] as const

/**
 * The Playwright that is installed beside Onejar, loaded on first use: work that never needs a browser does not pay for
 * it.
 *
 * @param use - `connect` when a browser that runs already is to be used, which older versions cannot do
 * @throws OnejarError ONEJAR_BROWSER_FAILED when Playwright is not installed, or too old for this use; says what to install
 */
export async function loadPlaywright(use: 'launch' | 'connect'): Promise<Playwright> {
  const playwright = await import('playwright').catch((cause: unknown) => {
    throw new OnejarError('ONEJAR_BROWSER_FAILED', whyNotLoaded(cause), { cause })
  })
  if (use === 'connect') {
    const version = playwrightVersion()
    if (version !== null && isBefore(version, CONNECTS_FROM))
      throw new OnejarError(
        'ONEJAR_BROWSER_FAILED',
        `A browser that runs already needs Playwright ${CONNECTS_FROM.join('.')} or later, and ${version} is installed: npm install playwright@latest`,
      )
  }
  return playwright
}

/** What to say when `import('playwright')` failed. */
export function whyNotLoaded(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  const missing = code === 'ERR_MODULE_NOT_FOUND' && String(message).includes("'playwright'")
  return missing
    ? 'Pages need Playwright, which is not installed beside Onejar: npm install playwright'
    : 'The Playwright that is installed beside Onejar does not load: npm install playwright@latest'
}

/** The version that `import('playwright')` finds; null when its manifest cannot be read. */
function playwrightVersion(): string | null {
  try {
    const manifest: { readonly version?: unknown } = createRequire(import.meta.url)('playwright/package.json')
    return typeof manifest.version === 'string' ? manifest.version : null
  } catch {
    return null
  }
}

/** Whether a version is an earlier one than `[major, minor]`. */
export function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}
