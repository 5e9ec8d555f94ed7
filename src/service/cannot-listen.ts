/** Says where nobody could listen, and why, as the system calls it (EADDRINUSE, EACCES). */
export function cannotListen(host: string, port: number, cause: unknown): string {
  const { code } = cause as { code?: unknown }
  const why = typeof code === 'string' ? ` (${code === 'EADDRINUSE' ? 'the port is in use' : code})` : ''
  return `Cannot listen on ${host}, port ${port}${why}`
}
