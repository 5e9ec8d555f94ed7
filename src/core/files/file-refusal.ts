/** Thrown for a file that is not read or written because of what it is. The message says why, without the path. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal' as const
}

/** In words for people why a file could not be used: the refusal, or the system's name for it (`ENOENT`). */
export function whyOfFile(error: unknown): string {
  if (error instanceof FileRefusal) return error.message
  return (error as NodeJS.ErrnoException | null)?.code ?? 'unknown reason'
}
