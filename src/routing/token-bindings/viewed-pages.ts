import { LazyMap } from '../../core/index.ts'
import { siteOfText } from '../../record/index.ts'

const MAX_SITES = 1_000
const LOGIN =
  /(?:^|[/_.-])(?:log|sign)[-_]?(?:in|on|out|up)(?:$|[/_.-])|(?:^|\/)(?:auth|sso|register|(?:[\w.-]*[-_.])?callback)(?:$|\/)/i

/** Whether an address is, by its path, one where people log in or out: no page that renews a login. */
export function isLoginPage(url: string): boolean {
  return LOGIN.test(new URL(url).pathname)
}

/** The last page of each site that the user has looked at: origin and path. */
export class ViewedPages {
  readonly #bySite = new LazyMap<string, string>()

  note(address: string): void {
    const site = siteOfText(address)
    if (site === null) return
    const url = new URL(address)
    const page = url.origin + url.pathname
    const before = this.#bySite.get(site)
    if (before !== undefined && isLoginPage(page) && !isLoginPage(before)) return
    this.#bySite.delete(site)
    this.#bySite.set(site, page)
    const [first] = this.#bySite.keys()
    if (this.#bySite.size > MAX_SITES) this.#bySite.delete(first as string)
  }

  last(site: string): string | undefined {
    return this.#bySite.get(site)
  }
}
