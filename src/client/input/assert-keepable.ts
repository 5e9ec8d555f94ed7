import { OnejarError } from '../../core/index.ts'
import { unfitness, type Write } from '../../record/index.ts'

/**
 * Refuses what a record could not hold, before it is acknowledged.
 *
 * @param what - the call, as the caller knows it
 * @throws OnejarError ONEJAR_BAD_INPUT
 */
export function assertKeepable(write: Write, what: string): void {
  const reason = unfitness(write)
  if (reason !== undefined) throw new OnejarError('ONEJAR_BAD_INPUT', `${what}: ${reason}`)
}
