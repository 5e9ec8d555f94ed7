import type { BrowserType } from 'playwright'

/**
 * Parts of Chromium's own window that it renders for each context with pages of their own, though a headless browser
 * shows them to nobody: the popups of the address bar. Without them a new context with a page takes a third of the
 * processor time (355 ms against 1,000 ms, Chromium 156).
 */
export const UNSEEN_WINDOWS = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'] as const

const SWITCH = '--disable-features='
/** The program that is started in place of Chromium, this Node, ends at once: it does not know the arguments. */
const PROBE_TIMEOUT_MS = 5_000

let asked: Promise<readonly string[] | null> | undefined

/**
 * Arguments for a headless Chromium that renders nothing for its own window. Chromium obeys only the last
 * `--disable-features`, so this one holds what Playwright and the caller switch off as well. Where Playwright's list
 * cannot be found out, the arguments are left as they are. Costs the start of one small process, once.
 */
export async function withoutUnseenWindows(
  chromium: Pick<BrowserType, 'launch'>,
  args: readonly string[],
): Promise<readonly string[]> {
  asked ??= playwrightFeatures(chromium)
  const features = await asked
  return features === null ? args : disabling([...features, ...UNSEEN_WINDOWS], args)
}

/** The arguments, with these features added to those that they switch off, in one switch. */
export function disabling(features: readonly string[], args: readonly string[]): string[] {
  const own = args.filter((arg) => arg.startsWith(SWITCH)).flatMap(listed)
  const others = args.filter((arg) => !arg.startsWith(SWITCH))
  return [...others, `${SWITCH}${[...new Set([...features, ...own])].join(',')}`]
}

/** What this version of Playwright switches off: it says so when a browser does not start. */
async function playwrightFeatures(chromium: Pick<BrowserType, 'launch'>): Promise<readonly string[] | null> {
  try {
    const options = { executablePath: process.execPath, env: {}, timeout: PROBE_TIMEOUT_MS }
    await (await chromium.launch(options)).close()
    return null
  } catch (error) {
    const found = new RegExp(`${SWITCH}[\\w,]+`).exec(error instanceof Error ? error.message : '')
    return found === null ? null : listed(found[0])
  }
}

function listed(arg: string): string[] {
  return arg
    .slice(SWITCH.length)
    .split(',')
    .filter((feature) => feature !== '')
}
