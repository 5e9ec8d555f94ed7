import { verifyTrail } from '../../audit/index.ts'
import { whyOfFile } from '../../core/index.ts'
import { purposeKeys } from '../../store/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { oneOf, parseFlags, takeWords } from '../parse-flags.ts'
import { printableJson } from '../printable.ts'
import { UsageError } from '../usage-error.ts'

const HELP = `usage: onejar audit verify [flags] [PATH]

Reads an audit trail from its first record to its last and looks at every link of the chain: records that were altered,
removed, added, put in another order or cut off at the end are found. The first place where the trail is broken is
reported as FILE:LINE, and the exit code is 110.

PATH is the file that the option audit.path, or ONEJAR_AUDIT, names; default: that of ONEJAR_AUDIT. Files that were put
aside when they were full (PATH.000000012345) are read along with it.

      --store TARGET  the store whose keys seal the trail; default: onejar.db in ONEJAR_HOME. ONEJAR_KEYS overrides it
      --no-key        look at the links alone: who can write the file can then make a chain of their own
      --partial       the older files, or the .head file, are kept elsewhere
      --json          for programs

examples
  onejar audit verify
  onejar audit verify --store redis://localhost /var/log/onejar/audit.jsonl
`

const FLAGS = {
  store: { type: 'string' },
  'no-key': { type: 'boolean' },
  partial: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `onejar audit verify`. */
export const auditCommand: Command = {
  help: HELP,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, FLAGS, context.messages)
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError('say what to do: verify')
    oneOf(word, ['verify'], 'audit')
    const path = rest.length === 0 ? context.env['ONEJAR_AUDIT'] : takeWords(rest, 'the trail')[0]
    if (!path) throw new UsageError('name the trail, or set ONEJAR_AUDIT')
    return verify(path, values, context)
  },
}

async function verify(
  path: string,
  flags: {
    readonly store?: string
    readonly 'no-key'?: boolean
    readonly partial?: boolean
    readonly json?: boolean
  },
  { stdout, messages }: CommandContext,
): Promise<number> {
  const keyless = flags['no-key'] === true
  const keys = purposeKeys(flags.store === undefined ? {} : { target: flags.store }, 'audit', false)
  const options = {
    keys,
    keyed: !keyless && keys.length > 0,
    partial: flags.partial === true,
    linksOnly: keyless,
  }
  const report = await verifyTrail(path, options).catch((cause) => {
    throw new CommandError(`${path} cannot be read (${whyOfFile(cause)})`, EXIT.readFailed, { cause })
  })
  const { broken, records, files, firstSeq, firstAt, lastAt, torn } = report
  if (flags.json) await stdout.write(`${printableJson(report)}\n`)
  else if (broken) {
    messages.say(`onejar: ${broken.file}:${broken.line}: the line ${broken.reason}`)
  } else {
    const from = firstSeq > 1 ? `, beginning with record ${firstSeq}` : ''
    const span = firstAt === null ? '' : `, ${firstAt} to ${lastAt}`
    await stdout.write(`${records} records in ${files} file${files === 1 ? '' : 's'}${from}${span}: whole\n`)
    if (torn)
      messages.say('onejar: the last line was torn by a crash; the next writer cuts it off and says so')
  }
  return broken ? EXIT.audit : EXIT.ok
}
