import { OnejarError } from '../core/index.ts'
import type { Expectation } from './expectation.ts'

/**
 * Runs work with an expectation. What a function of the caller's throws is what the work rejects with, whatever the browser makes of
 * it on the way: it is no failure of a page, and nothing is tried again for it.
 */
export async function keepingFailure<T>(
  expect: Expectation | undefined,
  work: (expect: Expectation | undefined) => Promise<T>,
): Promise<T> {
  if (typeof expect !== 'function') return work(expect)
  let failed: { readonly error: unknown } | undefined
  try {
    return await work(async (response) => {
      try {
        return await expect(response)
      } catch (error) {
        failed = { error }
        throw new OnejarError('ONEJAR_EXPECTATION_FAILED', 'The function that was expected to decide failed')
      }
    })
  } catch (error) {
    throw failed === undefined ? error : failed.error
  }
}
