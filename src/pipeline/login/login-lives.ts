import { type Clock, LazyMap } from '../../core/index.ts'
import type { ChangeSource, LoginLife, SessionRecord } from '../../record/index.ts'
import type { Mark, SessionLife } from './session-life.ts'

/** So much of a life ahead of its end a login is renewed... */
const AHEAD = 0.1
/** ...and this at most. */
const MAX_AHEAD_MS = 2 * 60_000
/** What ends sooner is not renewed ahead: the next request would find it over. */
const SHORTEST_LIFE_MS = 2_000

const SOURCE: ChangeSource = { name: 'logins' }

/** Until when the logins of a session hold. Kept in the record: the other processes of the session know as well. */
export class LoginLives {
  readonly #record: SessionRecord
  readonly #clock: Clock
  readonly #life: Pick<SessionLife, 'marks'>
  /** By origin: what the record says, so that a request costs a look at a number. */
  readonly #lives = new LazyMap<string, LoginLife>()

  constructor(record: SessionRecord, clock: Clock, life: Pick<SessionLife, 'marks'>) {
    this.#record = record
    this.#clock = clock
    this.#life = life
    record.follow((delta) => {
      for (const entry of delta) {
        if (entry.kind !== 'login') continue
        if (entry.value === null) this.#lives.delete(entry.id)
        else this.#lives.set(entry.id, entry.value)
      }
    })
  }

  /** Whether the login at an origin ends soon, and has not ended. */
  isDue(origin: string): boolean {
    if (this.#lives.size === 0) return false
    const life = this.#lives.get(origin)
    if (life === undefined) return false
    const now = this.#clock.now()
    const { at, endsAt } = life
    return now < endsAt && now >= endsAt - Math.min(MAX_AHEAD_MS, (endsAt - at) * AHEAD)
  }

  /** What there is before a login. */
  before(url: URL): ReadonlyMap<string, Mark> {
    return this.#life.marks(url)
  }

  /** Learns from what a login has changed when it ends: with the first that ends of what is likely to let somebody in. */
  learn(url: URL, before: ReadonlyMap<string, Mark>): void {
    const ends: number[] = []
    for (const [name, { value, end, isLogin }] of this.#life.marks(url)) {
      const old = before.get(name)
      const isNew = old === undefined || old.value !== value || old.end !== end
      if (isLogin && isNew && end !== null) ends.push(end)
    }
    const at = this.#clock.now()
    const endsAt = Math.floor(Math.min(...ends))
    const value = ends.length > 0 && endsAt - at >= SHORTEST_LIFE_MS ? { at, endsAt } : null
    const { origin: id } = url
    if (value !== null || this.#lives.has(id)) this.#record.write([{ kind: 'login', id, value }], SOURCE)
  }
}
