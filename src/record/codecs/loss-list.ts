import type { Cookie } from '../cookie.ts'
import type { Loss } from './state.ts'

const MAX_NAMES = 5

/** Collects what an export loses: one line for each attribute and reason. */
export class LossList {
  readonly #losses = new Map<string, { what: string; count: number; names: string[]; why: string }>()

  note(what: string, name: string, why: string): void {
    const key = `${what}\n${why}`
    const loss = this.#losses.get(key) ?? { what, count: 0, names: [], why }
    loss.count += 1
    if (loss.names.length < MAX_NAMES) loss.names.push(name)
    this.#losses.set(key, loss)
  }

  list(): Loss[] {
    return [...this.#losses.values()]
  }
}

/** Notes attributes that only Chromium's own format has: its priority, and the scheme and port it came from. */
export function noteUnplaced(cookie: Cookie, losses: LossList): void {
  if (cookie.priority !== 'medium') losses.note('priority', cookie.name, 'the format has no place for it')
  if (cookie.sourceScheme !== 'unset' || cookie.sourcePort !== -1) {
    losses.note('source', cookie.name, 'the format has no place for the scheme and port it came from')
  }
}
