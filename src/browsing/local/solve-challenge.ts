import type { Page } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'
import { cookieId, type SessionRecord } from '../../record/index.ts'
import type { SolveCall, SolveReply, SolveTask } from '../browser-port.ts'
import type { Judge } from '../judge.ts'
import { clearanceCookies } from './clearance-cookies.ts'
import { FileDocuments } from './file-documents.ts'
import { loadPage } from './page-load.ts'
import { withPicture } from './page-picture.ts'

/** Passes a challenge in a page of the session; what the browser got is used only while the lock is held. */
export async function solveChallenge(
  page: Page,
  binding: ContextBinding,
  { record, judge, maxBytes }: { record: SessionRecord; judge: Judge; maxBytes: number },
  task: SolveTask,
  { lock, proves, onWaitingRoom }: SolveCall,
): Promise<SolveReply> {
  const { url, timeoutMs, roomMs } = task
  const holds = () => lock?.holds() ?? Promise.resolve(true)
  const known = new Map(record.matchingCookies(url).map((cookie) => [cookieId(cookie), cookie.value]))
  const read = async () => {
    if (!(await holds())) return null
    await binding.pullCookies()
    return record.cookieHeader(url)
  }
  const cookies = proves && { read, proves }
  const files = await FileDocuments.of(page, maxBytes)
  const loading = loadPage(page, {
    url,
    classifier: judge,
    timeoutMs,
    cookies,
    files,
    roomMs,
    onRoom: onWaitingRoom,
  })
  const outcome = await (lock ? Promise.race([loading, lock.lost]) : loading)
  if (!outcome || !(await holds())) {
    // What the other process brought takes precedence over what this browser holds.
    loading.catch(ignore)
    await lock?.catchUp()
    await binding.push()
    return { kind: 'superseded' }
  }
  if (outcome.kind === 'failed') return withPicture(outcome, page, task.screenshot)
  if (outcome.kind === 'unproven') {
    await binding.leave(page)
    return { kind: 'unproven', clearance: clearanceCookies(record, url, known, null) }
  }
  const { answer: document, mistaken } = outcome
  const isFailure = document.statusCode >= 500
  await (isFailure ? binding.pullCookies() : binding.leave(page))
  const clearance = clearanceCookies(record, url, known, document.sentCookie)
  // A site that fails has let nobody through, unless it gave something before: then requests tell, which are made again when it fails.
  if (!isFailure || clearance.length === 0) return { kind: 'passed', document, mistaken, clearance }
  await binding.leave(page)
  return { kind: 'unproven', clearance }
}
