import type { Page } from 'playwright'
import type { LoadFailure } from '../browser-port.ts'
import type { FailedLoad } from './page-load.ts'

const TIMEOUT_MS = 5_000

/** A PNG of what a page shows; null when none could be taken within the time. */
export async function pagePicture(page: Page, timeoutMs = TIMEOUT_MS): Promise<Buffer | null> {
  try {
    return await page.screenshot({ timeout: Math.max(1, Math.min(TIMEOUT_MS, timeoutMs)) })
  } catch {
    return null
  }
}

/** The failure of a load, with a picture where a person has to look at it. */
export async function withPicture(
  failure: FailedLoad,
  page: Page,
  wanted: boolean,
  timeoutMs?: number,
): Promise<LoadFailure> {
  const kind = failure.verdict?.kind
  const isBlock = kind === 'captcha' || kind === 'block'
  const screenshot = wanted && isBlock ? await pagePicture(page, timeoutMs) : null
  return { ...failure, screenshot }
}
