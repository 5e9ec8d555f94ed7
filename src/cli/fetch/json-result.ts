import { isUtf8 } from 'node:buffer'
import type { SessionResponse } from '../../client/index.ts'
import { errorJson } from '../error-json.ts'
import { printableJson } from '../printable.ts'

/** One line of `--as-json`: a response with its body. */
export function resultLine(
  { statusCode, url, via, verdict, redirected, httpVersion, headers }: SessionResponse,
  asked: string,
  body: Buffer | null,
  file: string | null,
): string {
  const isText = body !== null && isUtf8(body)
  return line({
    asked,
    status: statusCode,
    url: url.href,
    via,
    verdict: verdict?.kind ?? null,
    redirected,
    httpVersion,
    headers,
    ...(file === null ? {} : { file }),
    ...(body === null ? {} : isText ? { text: body.toString() } : { base64: body.toString('base64') }),
  })
}

/** One that failed. */
export function failureLine(error: unknown, asked: string): string {
  return line({ asked, ...errorJson(error, 'fetch') })
}

function line(value: unknown): string {
  return `${printableJson(value, 0)}\n`
}
