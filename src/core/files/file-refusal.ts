/** Thrown for a file that is not read or written because of what it is. The message says why, without the path. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal' as const
}

/** Says why a file could not be used, for people: the refusal's message, or the system's error code (`ENOENT`). */
export function whyOfFile(error: unknown): string {
  if (error instanceof FileRefusal) return error.message
  return (error as NodeJS.ErrnoException | null)?.code ?? 'unknown reason'
}
