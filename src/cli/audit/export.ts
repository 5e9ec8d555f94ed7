import { verifyTrail } from '../../audit/index.ts'
import type { CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { isStdout, Output } from '../output.ts'
import { type AuditFlags, filterOf } from './filter.ts'
import { unreadable } from './unreadable.ts'
import { checkOf, sayOf } from './verify.ts'

/** `onejar audit export`: the records as they were written, after each link was looked at. */
export async function exportTrail(path: string, flags: AuditFlags, context: CommandContext): Promise<number> {
  const { stdout, messages } = context
  const wanted = await filterOf(flags, messages)
  const out = isStdout(flags.output) ? stdout : Output.toFile(flags.output, { secret: true })
  let records = 0
  const report = await verifyTrail(path, {
    ...checkOf(flags),
    onRecord: (record, line) => {
      if (!wanted(record)) return
      records++
      return out.write(`${line}\n`)
    },
  }).catch(async (error) => {
    if (out !== stdout) await out.discard()
    throw unreadable(path, error)
  })
  if (out !== stdout) {
    await out.close()
    messages.say(`onejar: ${records} of ${report.records} records written`)
  }
  sayOf(report, messages)
  return report.broken ? EXIT.audit : EXIT.ok
}
