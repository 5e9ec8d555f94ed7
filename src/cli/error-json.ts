import { isOnejarError } from '../core/index.ts'
import { describeError } from './error-text.ts'
import { exitCodeOf } from './exit-codes.ts'

/** A failure as programs get it (`--json`, `--as-json`). */
export function errorJson(error: unknown, command: string | undefined): { readonly error: object } {
  return {
    error: {
      code: isOnejarError(error) ? error.code : null,
      message: describeError(error, command),
      exitCode: exitCodeOf(error),
      ...(isOnejarError(error) && error.retryAfterMs !== undefined
        ? { retryAfterMs: error.retryAfterMs }
        : {}),
    },
  }
}
