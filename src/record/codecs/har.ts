import { z } from 'zod'
import { timeToMs } from '../stamp.ts'
import { checkForm } from './check-form.ts'
import { CookieIntake, type ImportOptions } from './cookie-intake.ts'
import { takeJsonCookie } from './cookie-list.ts'
import { MAX_FILE_COOKIES, readJson } from './read-json.ts'
import { takeSetCookie } from './set-cookie-intake.ts'
import type { Imported } from './state.ts'
import { textToBytes } from './text-bytes.ts'

const list = z.array(z.unknown()).default([])
const fileSchema = z.object({ log: z.object({ entries: z.array(z.unknown()).max(MAX_FILE_COOKIES) }) })
const entrySchema = z.object({
  startedDateTime: z.string().optional(),
  request: z.object({ url: z.string(), cookies: list }),
  response: z.object({ headers: list, cookies: list }),
})
const pairSchema = z.object({ name: z.string(), value: z.string() })

/**
 * The cookies of a HAR file as they are after its last response: from the Set-Cookie headers, or from the tool's parsed
 * cookies. Of cookies that only requests show, name and value are known: they become host-only session cookies.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is not of this form; single entries become problems
 */
export function fromHar(input: unknown, options: ImportOptions): Imported {
  const { log } = readJson(fileSchema, input, 'HAR file')
  const intake = new CookieIntake(options, true)
  const now = timeToMs(options.tick())
  const sent = new Map<string, { readonly url: URL; readonly candidate: unknown; readonly at: string }>()
  for (const [index, candidate] of log.entries.entries()) {
    const at = `entries[${index}]`
    const parsed = checkForm(entrySchema, candidate)
    if (!parsed.success || !URL.canParse(parsed.data.request.url)) {
      intake.leave(at, 'it is not of the form of a HAR entry')
      continue
    }
    const { request, response, startedDateTime } = parsed.data
    const url = new URL(request.url)
    const started = Date.parse(startedDateTime ?? '')
    const receivedAt = Number.isFinite(started) ? Math.min(now, started) : now
    for (const [place, cookie] of request.cookies.entries()) {
      const pair = checkForm(pairSchema, cookie)
      if (pair.success)
        sent.set(`${url.hostname}\n${pair.data.name}`, {
          url,
          candidate: pair.data,
          at: `${at}.request.cookies[${place}]`,
        })
    }
    const lines = response.headers.flatMap((header) => {
      const pair = checkForm(pairSchema, header)
      return pair.success && pair.data.name.toLowerCase() === 'set-cookie' ? pair.data.value.split('\n') : []
    })
    for (const line of lines)
      takeSetCookie(textToBytes(line), `${at}.response.headers`, { site: url.hostname, receivedAt }, intake)
    if (lines.length > 0) continue
    for (const [place, cookie] of response.cookies.entries())
      takeJsonCookie(cookie, `${at}.response.cookies[${place}]`, intake, url.hostname)
  }
  const set = intake.cookies
  for (const [key, { url, candidate, at }] of sent) {
    const [host = '', name = ''] = key.split('\n')
    const isKnown = set.some(
      (cookie) =>
        cookie.name === textToBytes(name) && (host === cookie.domain || host.endsWith(`.${cookie.domain}`)),
    )
    if (isKnown) continue
    intake.note(at, 'only its name and value are known: it is taken as a host-only session cookie')
    takeJsonCookie({ ...(candidate as object), url: url.href }, at, intake)
  }
  return intake.result([])
}
