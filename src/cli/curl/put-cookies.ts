import type { ImportReport, Session } from '../../client/index.ts'
import type { CurlLine } from './curl-lines.ts'

/** What of the cookies of curl's lines was taken. */
export type CurlReport = Omit<ImportReport, 'format'> & { readonly format: 'curl' }

/**
 * Puts the cookies that lines of curl send into a session: each belongs to the host of its URL, until the session ends, and
 * to https alone where the line used that. What the session sends there already is left as it is.
 *
 * @throws OnejarError
 */
export async function putCurlCookies(session: Session, lines: readonly CurlLine[]): Promise<CurlReport> {
  let [cookies, leftOut] = [0, 0]
  const problems: ImportReport['problems'][number][] = []
  for (const [index, { url, cookies: pairs }] of lines.entries()) {
    const site = URL.parse(url)
    const at = lines.length === 1 ? 'curl' : `line ${index + 1}`
    if (site === null || !/^https?:$/.test(site.protocol)) {
      problems.push({ at, why: 'its URL is no http: or https: URL' })
      leftOut += pairs.length
      continue
    }
    const held = new Set(session.cookies.header(url).split('; '))
    const wanted = pairs.filter((pair) => !held.has(pair))
    cookies += pairs.length - wanted.length
    if (wanted.length === 0) continue
    const attributes = site.protocol === 'https:' ? '; Path=/; Secure' : '; Path=/'
    const heads = wanted.map((pair) => `Set-Cookie: ${pair.replace(/[\r\n]/g, '')}${attributes}\r\n`)
    const dump = `HTTP/1.1 200 OK\r\n${heads.join('')}\r\n`
    const report = await session.import(dump, { format: 'headers', url: site })
    cookies += report.cookies
    leftOut += report.leftOut
    problems.push(...report.problems.map(({ why }) => ({ at, why })))
  }
  return { format: 'curl', cookies, origins: 0, problems, leftOut }
}
