import type { Cookie, Loss } from '../record/index.ts'

const NAMES_SHOWN = 5

/** What tough-cookie cannot say of a cookie, and how the jar does with it. */
const UNSAID: readonly (readonly [what: string, is: (cookie: Cookie) => boolean, why: string])[] = [
  [
    'partition keys',
    ({ partitionKey }) => partitionKey !== null,
    'tough-cookie has no partitions: the jar gives out those of the site itself, and leaves those under other sites alone',
  ],
  [
    'SameSite that is not specified',
    ({ sameSite }) => sameSite === 'unspecified',
    'tough-cookie takes it for None, where Chromium takes it for Lax with two minutes of grace',
  ],
  [
    'priorities',
    ({ priority }) => priority !== 'medium',
    'tough-cookie passes them through as text, and they decide nothing in it',
  ],
  [
    'source schemes and ports',
    ({ sourceScheme, sourcePort }) => sourceScheme !== 'unset' || sourcePort > 0,
    'tough-cookie does not keep where a cookie came from',
  ],
]

/** What of these cookies is in the record and cannot be seen through tough-cookie. */
export function lossesOf(cookies: readonly Cookie[]): readonly Loss[] {
  return UNSAID.flatMap(([what, is, why]) => {
    const names = cookies.filter(is).map(({ name }) => name)
    if (names.length === 0) return []
    return [{ what, count: names.length, names: [...new Set(names)].slice(0, NAMES_SHOWN), why }]
  })
}
