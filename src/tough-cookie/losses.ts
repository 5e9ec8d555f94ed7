import type { Cookie, Loss } from '../record/index.ts'

const NAMES_SHOWN = 5

/** Attributes that tough-cookie has no member for, and what that means for a cookie that has them. */
const UNSAID: readonly (readonly [what: string, is: (cookie: Cookie) => boolean, why: string])[] = [
  [
    'partition keys',
    ({ partitionKey }) => partitionKey !== null,
    'tough-cookie has no partitions: the jar returns the cookies of the site itself, and does not touch those under other sites',
  ],
  [
    'SameSite that is not specified',
    ({ sameSite }) => sameSite === 'unspecified',
    'tough-cookie treats it as None, and Chromium as Lax with an allowance of two minutes',
  ],
  [
    'priorities',
    ({ priority }) => priority !== 'medium',
    'tough-cookie keeps them as text and does not use them',
  ],
  [
    'source schemes and ports',
    ({ sourceScheme, sourcePort }) => sourceScheme !== 'unset' || sourcePort > 0,
    'tough-cookie does not keep where a cookie came from',
  ],
]

/** Which attributes of these cookies are in the record and cannot be seen through tough-cookie. */
export function lossesOf(cookies: readonly Cookie[]): readonly Loss[] {
  return UNSAID.flatMap(([what, is, why]) => {
    const names = cookies.filter(is).map(({ name }) => name)
    if (names.length === 0) return []
    return [{ what, count: names.length, names: [...new Set(names)].slice(0, NAMES_SHOWN), why }]
  })
}
