/** What both sides have to show: the oracle. Cookies have unique values, the path `/` and one host or one domain. */
export class Model {
  readonly #cookies = new Map<string, string>()
  readonly #items = new Map<string, Map<string, string>>()

  /** Sets or (null) deletes a cookie of a host; names that begin with `d` belong to the domain that the hosts share. */
  cookie(host: string, name: string, value: string | null): void {
    const key = `${scopeOf(host, name)} ${name}`
    if (value === null) this.#cookies.delete(key)
    else this.#cookies.set(key, value)
  }

  /** The cookies that a request to the host carries, sorted by name. */
  cookiesOf(host: string, { script = false } = {}): string {
    const pairs: string[] = []
    for (const [key, value] of this.#cookies) {
      const [scope, name] = key.split(' ') as [string, string]
      if (scope !== scopeOf(host, name) || (script && name.startsWith('h'))) continue
      pairs.push(`${name}=${value}`)
    }
    return pairs.sort().join('; ')
  }

  /** Sets or (null) deletes a localStorage item. */
  item(host: string, key: string, value: string | null): void {
    const items = this.#items.get(host) ?? new Map<string, string>()
    this.#items.set(host, items)
    if (value === null) items.delete(key)
    else items.set(key, value)
  }

  /** The items of a host's origin, sorted. */
  itemsOf(host: string): string {
    return sortedItems(this.#items.get(host) ?? new Map())
  }
}

/** A cookie header with its pairs sorted. */
export function sortedHeader(header: string): string {
  return header.split('; ').sort().join('; ')
}

export function sortedItems(items: Iterable<readonly [string, string]>): string {
  return [...items]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join('; ')
}

/** Domain cookies (`d…`) are shared by the shop's hosts; the others belong to one host. */
function scopeOf(host: string, name: string): string {
  return name.startsWith('d') && host.endsWith('shop') ? '.shop' : host
}

/** The attributes that a cookie's name stands for. */
export function attributesOf(host: string, name: string): string {
  const domain = name.startsWith('d') && host.endsWith('shop') ? '; Domain=shop.localhost' : ''
  return `; Path=/${domain}${name.startsWith('h') ? '; HttpOnly' : ''}`
}
