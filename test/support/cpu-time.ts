/**
 * The processor time that this process has used, in milliseconds: what a piece of work costs, also where other processes
 * keep it waiting.
 */
export function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
