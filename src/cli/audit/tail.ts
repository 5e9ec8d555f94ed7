import { followTrail, isTrail, lastRecords, type ReadRecord } from '../../audit/index.ts'
import type { CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { printable } from '../printable.ts'
import { UsageError } from '../usage-error.ts'
import { type AuditFlags, filterOf } from './filter.ts'
import { unreadable } from './unreadable.ts'

const USUAL_LINES = 10

/** `onejar audit tail`: the last records, and with `--follow` those that come. */
export async function tail(
  path: string,
  flags: AuditFlags,
  { stdout, messages, signal }: CommandContext,
): Promise<number> {
  const lines = flags.lines === undefined ? USUAL_LINES : Number(flags.lines)
  if (!Number.isSafeInteger(lines) || lines < 0) throw new UsageError('--lines takes a whole number')
  const wanted = await filterOf(flags, messages)
  const show = ({ record, line }: ReadRecord) => {
    const { at, rule, session, facts } = record
    const shown = Object.entries(facts).map(([name, fact]) => `${name}=${fact}`)
    const text = [at, rule, session ?? '-', ...shown].map((part) => printable(part)).join('  ')
    return stdout.write(`${flags.json ? line : text}\n`)
  }
  try {
    if (!(await isTrail(path))) throw new CommandError(`${path} is no audit trail of Onejar`, EXIT.badInput)
    // What is written between the two is read by the second.
    const [newest] = flags.follow ? await lastRecords(path, 1, () => true) : []
    for (const one of await lastRecords(path, lines, wanted)) {
      if (newest === undefined || one.record.seq <= newest.record.seq) await show(one)
    }
    if (!flags.follow) return EXIT.ok
    for await (const one of followTrail(path, newest?.record.seq ?? 0, signal)) {
      if (wanted(one.record)) await show(one)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  return EXIT.ok
}
