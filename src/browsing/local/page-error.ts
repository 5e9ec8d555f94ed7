/**
 * An error of Playwright without what may be secret: its messages quote URLs with their queries, and a log of the call.
 * What is left is the first line, with the scheme of each URL, and as `code` what Chromium calls a failure of the network
 * (`ERR_NAME_NOT_RESOLVED`).
 */
export function withoutUrls(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  const [line = ''] = message.split('\n', 1)
  const error = new Error(line.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s"'<>]*/gi, '$1…'))
  error.name = cause instanceof Error ? cause.name : 'Error'
  const code = /\bnet::(ERR_[A-Z\d_]+)/.exec(line)?.[1]
  return code === undefined ? error : Object.assign(error, { code })
}
