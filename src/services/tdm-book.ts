import { MAX_TDM_BYTES, NO_TDM_FILE, TdmFile } from '../compliance/index.ts'
import { type Clock, OnejarError, steadyMs } from '../core/index.ts'
import { askSiteFile, type SiteFileRequester } from './site-file.ts'

const MAX_ORIGINS = 10_000
/** As long as a robots.txt is. */
const KEPT_MS = 24 * 3_600_000
/** What was not there because the site or the network failed is asked for again. */
const FAILED_MS = 60_000

interface Known {
  readonly file: TdmFile
  /** On the steady clock. */
  readonly until: number
}

/**
 * What a tenant's sessions know of the `/.well-known/tdmrep.json` of each origin. Asked for where a request declares a purpose
 * that it speaks of, once for all who wait.
 */
export class TdmBook {
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<TdmFile>>()
  readonly #closing = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The file; an empty one where the site has none or does not give it. */
  ask(origin: string, requester: SiteFileRequester): Promise<TdmFile> {
    const known = this.#known.get(origin)
    if (known !== undefined && steadyMs(this.#clock) < known.until) return Promise.resolve(known.file)
    let asking = this.#asking.get(origin)
    if (asking === undefined) {
      asking = this.#ask(origin, requester).finally(() => this.#asking.delete(origin))
      this.#asking.set(origin, asking)
    }
    return asking
  }

  /** Gives up what is being asked for. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The broker was closed'))
  }

  async #ask(origin: string, requester: SiteFileRequester): Promise<TdmFile> {
    const { signal } = this.#closing
    const url = new URL('/.well-known/tdmrep.json', origin)
    let file = NO_TDM_FILE
    let keptMs = KEPT_MS
    try {
      const { response, body } = await askSiteFile(url, requester, { signal, maxBytes: MAX_TDM_BYTES })
      if (response.statusCode === 200) file = new TdmFile(body.toString('utf8'))
      else if (response.statusCode >= 500 || response.statusCode === 429) keptMs = FAILED_MS
    } catch {
      // A site that is away says nothing; the request itself will say what is wrong with it.
      keptMs = FAILED_MS
    }
    const [oldest] = this.#known.size >= MAX_ORIGINS ? this.#known.keys() : []
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(origin, { file, until: steadyMs(this.#clock) + keptMs })
    return file
  }
}
