/** The system's code of what a connection failed with (ENOTFOUND, ECONNREFUSED), or Chromium’s (ERR_NAME_NOT_RESOLVED), from an error or its causes. */
export function networkCode(error: unknown): string | undefined {
  let found: string | undefined
  let at: unknown = error
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: unknown[] }
    if (typeof code === 'string' && /^(?:E[A-Z\d_]+|UND_ERR_\w+)$/.test(code)) found = code
    at = cause ?? errors?.[0]
  }
  return found
}
