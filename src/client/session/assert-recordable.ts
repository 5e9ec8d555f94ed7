import type { ContextSettings } from '../../browser/index.ts'
import { OnejarError } from '../../core/index.ts'
import type { Services } from '../../services/index.ts'

/**
 * Recordings are files of the machine whose browser makes them, so that workers make none for others.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS where recordings are wanted of pages that workers would hold
 */
export async function assertRecordable(
  { recordHar, recordVideo }: ContextSettings,
  { queue, isBrowserHere }: Pick<Services, 'queue' | 'isBrowserHere'>,
): Promise<void> {
  const wanted = [recordHar && 'recordHar', recordVideo && 'recordVideo'].filter((name) => name !== undefined)
  if (wanted.length === 0 || queue === null || (await isBrowserHere())) return
  const names = wanted.map((name) => `contextOptions.${name}`).join(', ')
  const what = `${names}: this process has no browser, and workers record nothing for others`
  const remedy =
    'leave it out, or install a Chromium here (npx playwright install chromium). session.record({ har }) records what goes over HTTP'
  throw new OnejarError('ONEJAR_BAD_OPTIONS', `broker.session(): ${what}: ${remedy}`)
}
