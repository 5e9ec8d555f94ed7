import { verifyTrail } from '../../audit/index.ts'
import { whyOfFile } from '../../core/index.ts'
import { purposeKeys } from '../../store/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import type { Values } from '../options/option.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { auditSpec } from '../specs/audit.ts'
import { UsageError } from '../usage-error.ts'

/** `onejar audit verify`. */
export const auditCommand: Command = {
  spec: auditSpec,
  async run(args, context) {
    const { values, words: positionals } = parseCommand(args, auditSpec, context.messages)
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
  flags: Values<typeof auditSpec.options>,
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
