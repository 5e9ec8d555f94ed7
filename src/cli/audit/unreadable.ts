import { whyOfFile } from '../../core/index.ts'
import { CommandError, EXIT } from '../exit-codes.ts'

/** The error for a trail that the system does not let be read; what is none of the system's stays. */
export function unreadable(path: string, error: unknown): unknown {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error
  return new CommandError(`${path} cannot be read (${whyOfFile(error)})`, EXIT.readFailed, { cause: error })
}
