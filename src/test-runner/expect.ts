import { expect as base, type Expect } from '@playwright/test'
import { matchers, type SessionMatchers } from './matchers.ts'

/** Playwright Test's `expect`, with what can be said of sessions. */
export type SessionExpect = Expect<SessionMatchers>

/**
 * Playwright Test's `expect`, with matchers for the session of a test, its page and its context: `toHaveCookie`,
 * `toHaveLocalStorageItem` and `toBeInSync`.
 *
 * @example
 * ```ts
 * import { expect, test } from 'onejar/test'
 *
 * test('the theme is kept', async ({ page, session, baseURL }) => {
 *   await page.goto('/settings')
 *   await page.getByLabel('Dark').check()
 *   await expect(session).toHaveLocalStorageItem(baseURL ?? '', 'theme', 'dark')
 *   await expect(session).toHaveCookie('theme', /^dark/)
 *   await expect(page).toBeInSync()
 * })
 * ```
 */
export const expect: SessionExpect = base.extend({ ...matchers })
