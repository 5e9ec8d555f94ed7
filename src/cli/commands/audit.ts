import { exportTrail } from '../audit/export.ts'
import { prune } from '../audit/prune.ts'
import { tail } from '../audit/tail.ts'
import { verify } from '../audit/verify.ts'
import type { Command } from '../command.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { auditSpec } from '../specs/audit.ts'
import { UsageError } from '../usage-error.ts'

const ACTIONS = { verify, tail, export: exportTrail, prune }

/** `onejar audit verify | tail | export | prune`. */
export const auditCommand: Command = {
  spec: auditSpec,
  run(args, context) {
    const { values, words: positionals } = parseCommand(args, auditSpec, context.messages)
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError(`say what to do: ${names.join(', ')}`)
    const action = oneOf(word, names, 'audit')
    const path = rest.length === 0 ? context.env['ONEJAR_AUDIT'] : takeWords(rest, 'the trail')[0]
    if (!path) throw new UsageError('name the trail, or set ONEJAR_AUDIT')
    return ACTIONS[action](path, values, context)
  },
}
