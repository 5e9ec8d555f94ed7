import { cookieId, type SessionRecord } from '../../record/index.ts'

/**
 * The cookies that let a solve through: those that it got on its way and that the document which passed was asked for with.
 * What that document set itself, a session of the site's own perhaps, is none of them.
 *
 * @param before - values by `cookieId`, from before the solve
 * @param sent - the `Cookie` header of the request that passed; null when it is not known
 */
export function clearanceCookies(
  record: SessionRecord,
  url: URL,
  before: ReadonlyMap<string, string>,
  sent: string | null,
): string[] {
  const pairs = sent === null ? null : new Set(sent.split('; '))
  return record
    .matchingCookies(url)
    .filter((cookie) => before.get(cookieId(cookie)) !== cookie.value)
    .filter(({ name, value }) => pairs === null || pairs.has(name === '' ? value : `${name}=${value}`))
    .map(cookieId)
}
