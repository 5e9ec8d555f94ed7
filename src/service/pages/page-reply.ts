import type { ServerResponse } from 'node:http'

/** What pages of the service may do: run and load what is beside them, ask the service, and nothing else. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Answers with a page, or a part of one. They hold no data: that is asked for with the token. */
export function replyPage(
  response: ServerResponse,
  type: 'text/html' | 'text/css' | 'text/javascript',
  content: string,
): void {
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(content),
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  response.end(content)
}
