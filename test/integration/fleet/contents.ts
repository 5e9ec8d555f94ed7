import type { Session } from '../../../src/index.ts'

/** Where the sessions of a fleet are supposed to be. */
export const SITE = 'https://fleet.example'

/** A cookie (`cookie NAME`) or an item (`item KEY`) and its value. */
export type Contents = Readonly<Record<string, string>>

/** All that the sessions of a fleet hold, with what tells one writing of a cookie from another. */
export async function contentsOf(session: Session): Promise<Contents> {
  const cookies = session.cookies
    .all()
    .map(({ name, value, created, expiresAt }) => [`cookie ${name}`, `${value} ${created} ${expiresAt}`])
  const items = (await session.localStorage(SITE).entries()).map(([key, value]) => [`item ${key}`, value])
  return Object.fromEntries([...cookies, ...items].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}

/** The value as it was written. */
export function valueIn(contents: Contents, key: string): string | null {
  return contents[key]?.split(' ', 1)[0] ?? null
}
