import { AuditTrail, pruneTrail } from '../../audit/index.ts'
import { systemClock } from '../../core/index.ts'
import { purposeKeys } from '../../store/index.ts'
import type { CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { takeWhen } from '../options/when.ts'
import { printableJson } from '../printable.ts'
import { UsageError } from '../usage-error.ts'
import type { AuditFlags } from './filter.ts'

/** `onejar audit prune`: deletes the beginning of a trail, with a record of it. */
export async function prune(path: string, flags: AuditFlags, { stdout }: CommandContext): Promise<number> {
  if (flags.before === undefined) throw new UsageError('say what may go: --before 365d')
  const now = Date.now()
  const before = takeWhen(flags.before, '--before', now)
  const keys = purposeKeys(flags.store === undefined ? {} : { target: flags.store }, 'audit', true)
  const trail = AuditTrail.open({
    path,
    keys,
    maxFileBytes: Number.MAX_SAFE_INTEGER,
    clock: systemClock,
    mustExist: true,
  })
  try {
    const pruned = await pruneTrail(trail, before, now)
    const { records = 0, from = null, to = null, through = 0 } = pruned ?? {}
    const report = records === 0 ? 'nothing to delete' : `${records} records deleted, ${from} to ${to}`
    await stdout.write(`${flags.json ? printableJson({ records, from, to, through }) : report}\n`)
    return EXIT.ok
  } finally {
    trail.close()
  }
}
