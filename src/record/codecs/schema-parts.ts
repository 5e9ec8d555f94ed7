import { z } from 'zod'

export const MAX_HEADER_CHARS = 8192
/** The largest instant a Date can hold. */
const MAX_INSTANT_MS = 8.64e15
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Epoch milliseconds. */
export const instant = z.number().min(-MAX_INSTANT_MS).max(MAX_INSTANT_MS)

export const headerName = z.string().max(256).regex(HEADER_NAME, 'not a lower-case header name')

export const headerValue = z.string().max(MAX_HEADER_CHARS).regex(HEADER_VALUE, 'not a header value')

/** Without credentials. One check for a refinement: zod runs a second one of a text that the first one refused. */
export function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
