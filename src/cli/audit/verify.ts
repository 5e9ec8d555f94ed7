import { type TrailReport, type VerifyOptions, verifyTrail } from '../../audit/index.ts'
import { purposeKeys } from '../../store/index.ts'
import type { CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { printableJson } from '../printable.ts'
import type { AuditFlags } from './filter.ts'
import { unreadable } from './unreadable.ts'

/** How closely the flags want a trail to be looked at. */
export function checkOf(flags: AuditFlags): VerifyOptions {
  const keyless = flags['no-key'] === true
  const keys = purposeKeys(flags.store === undefined ? {} : { target: flags.store }, 'audit', false)
  return { keys, keyed: !keyless && keys.length > 0, partial: flags.partial === true, linksOnly: keyless }
}

/** `onejar audit verify`. */
export async function verify(
  path: string,
  flags: AuditFlags,
  { stdout, messages }: CommandContext,
): Promise<number> {
  const report = await verifyTrail(path, checkOf(flags)).catch((cause) => {
    throw unreadable(path, cause)
  })
  const { broken, records, files, firstSeq, firstAt, lastAt, cut } = report
  if (flags.json) await stdout.write(`${printableJson(report)}\n`)
  else {
    sayOf(report, messages)
    if (broken) return EXIT.audit
    const from = firstSeq > 1 ? `, beginning with record ${firstSeq}` : ''
    const pruned = cut === null ? '' : ` (pruned up to record ${cut.through} on ${cut.at})`
    const span = firstAt === null ? '' : `, ${firstAt} to ${lastAt}`
    await stdout.write(
      `${records} records in ${files} file${files === 1 ? '' : 's'}${from}${pruned}${span}: whole\n`,
    )
  }
  return broken ? EXIT.audit : EXIT.ok
}

/** Says where a trail is broken or torn. */
export function sayOf({ broken, torn }: TrailReport, messages: CommandContext['messages']): void {
  if (broken) messages.say(`onejar: ${broken.file}:${broken.line}: the line ${broken.reason}`)
  else if (torn)
    messages.say('onejar: the last line was torn by a crash; the next writer cuts it off and says so')
}
