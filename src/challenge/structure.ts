import type { HtmlFacts } from './html-facts.ts'
import type { Shape } from './shape.ts'
import type { Evidence } from './verdict.ts'

/** Statuses that challenge pages come with. */
const CHALLENGE_STATUS = new Set([200, 202, 302, 307, 403, 405, 418, 428, 429, 503])
const MOUNT_POINTS = ['#root', '#app', '#__next', '#__nuxt', '#___gatsby', '#svelte', 'app-root', '#main-app']

/**
 * What the build of a document says, whoever made it: evidence that no vendor's name is needed for.
 */
export function readStructure(
  facts: HtmlFacts,
  shape: Shape,
  statusCode: number,
  complete: boolean,
): Evidence[] {
  const found: Evidence[] = []
  const add = (signal: string, verdict: Evidence['verdict'], weight: number, note: string) =>
    found.push({ signal, vendor: null, verdict, weight, note })
  if (shape !== 'gate' || !CHALLENGE_STATUS.has(statusCode)) return found
  const { inline, text } = facts
  const tiny = text.length <= 300 && facts.links <= 2
  const setsCookie = /document\s*\.\s*cookie\s*=|document\[['"]cookie['"]\]/.test(inline)
  const reloads =
    /location\s*\.\s*(reload|replace|assign)\b|location(\s*\.\s*href)?\s*=[^=]|\.\s*submit\s*\(\)|history\.go\(0\)/.test(
      inline,
    )
  const mounts = MOUNT_POINTS.some((mark) => facts.elements.has(mark))
  if (tiny && setsCookie && reloads && !mounts) {
    add('cookie-reload', 'js-challenge', 0.75, 'a small document whose script sets a cookie and reloads')
  }
  if (tiny && reloads && /crypto\s*\.\s*subtle|sha256|sha-256|sha1\(|md5\(|wasm/.test(inline)) {
    add('work-reload', 'js-challenge', 0.6, 'a small document whose script computes a hash and goes on')
  }
  if (tiny && facts.refresh !== null && facts.scripts > 0 && (setsCookie || reloads)) {
    add('refresh-script', 'js-challenge', 0.4, 'a small document with a meta refresh and a script')
  }
  if (/enable (javascript|js)|javascript is (required|disabled)|turn on javascript/.test(facts.noscript)) {
    const refused = statusCode >= 400
    add(
      'noscript-gate',
      'js-challenge',
      refused ? 0.3 : 0.15,
      'asks to enable JavaScript and shows nothing else',
    )
  }
  if (complete && text.length === 0 && facts.scripts > 0 && !mounts && statusCode >= 400) {
    add('script-only', 'js-challenge', 0.4, 'a refusal that holds nothing but scripts')
  }
  if (tiny && mounts && facts.scripts > 0) {
    add('app-shell', 'present', 0, 'an application shell without content')
  }
  return found
}
