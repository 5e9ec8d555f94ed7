import { type AuditRecord, POLICY, type PolicyRule } from '../../compliance/index.ts'
import type { CommandContext } from '../command.ts'
import type { Values } from '../options/option.ts'
import { oneOf } from '../options/values.ts'
import { takeWhen } from '../options/when.ts'
import type { auditSpec } from '../specs/audit.ts'
import { sessionKey, withStore } from '../with-store.ts'

export type AuditFlags = Values<typeof auditSpec.options>

const RULES = Object.keys(POLICY) as PolicyRule[]

/** Which records the flags ask for. Opens the store where a session is named by its id. */
export async function filterOf(
  flags: AuditFlags,
  messages: CommandContext['messages'],
): Promise<(record: AuditRecord) => boolean> {
  const now = Date.now()
  const rules = flags.rule?.map((rule) => oneOf(rule, RULES, '--rule'))
  const since = flags.since === undefined ? null : takeWhen(flags.since, '--since', now)
  const until = flags.until === undefined ? null : takeWhen(flags.until, '--until', now)
  const sessions = [...(flags.pseudonym ?? [])]
  if (flags.session !== undefined) {
    const { session: ids } = flags
    await withStore(flags, messages, async (store) => {
      for (const id of ids) sessions.push(store.pseudonym(sessionKey(id, flags)))
    })
  }
  return ({ rule, at, session }) =>
    (rules === undefined || rules.includes(rule as PolicyRule)) &&
    (since === null || Date.parse(at) >= since) &&
    (until === null || Date.parse(at) < until) &&
    (sessions.length === 0 || (session !== null && sessions.includes(session)))
}
