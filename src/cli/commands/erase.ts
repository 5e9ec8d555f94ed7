import { checkCertificate } from '../../compliance/index.ts'
import { eraseSubject } from '../../services/index.ts'
import { purposeKeys } from '../../store/index.ts'
import { auditNote } from '../audit-note.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import type { Values } from '../options/option.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { isStdout, Output } from '../output.ts'
import { printable, printableJson } from '../printable.ts'
import { readInput } from '../read-input.ts'
import { eraseSpec } from '../specs/erase.ts'
import { UsageError } from '../usage-error.ts'
import { withStore } from '../with-store.ts'

type Flags = Values<typeof eraseSpec.options>

/** `onejar erase`, and `onejar erase verify`. */
export const eraseCommand: Command = {
  spec: eraseSpec,
  run(args, context) {
    const { values, words } = parseCommand(args, eraseSpec, context.messages)
    const [word, ...rest] = words
    if (word === undefined) return erase(values, context)
    oneOf(word, ['verify'], 'erase')
    return verify(takeWords(rest, 'the certificate')[0] ?? '', values, context)
  },
}

async function erase(flags: Flags, { stdout, messages, env }: CommandContext): Promise<number> {
  const { subject } = flags
  if (!subject) throw new UsageError('say whom to erase: --subject ID')
  const source = flags.store === undefined ? {} : { target: flags.store }
  const certificate = await withStore(flags, messages, async (store) => {
    const key = purposeKeys(source, 'erasure', true)[0] ?? null
    auditNote(flags, env, 'subject-erased', null, { state: 'begun' })
    return eraseSubject(subject, flags.tenant ?? null, {
      store,
      key,
      now: Date.now,
      release: async () => {},
      removed: (session) =>
        auditNote(flags, env, 'session-removed', store.pseudonym(session), {
          reason: 'its subject was erased',
        }),
    })
  })
  const { complete, sessions, hash } = certificate
  auditNote(flags, env, 'subject-erased', null, {
    state: complete ? 'done' : 'incomplete',
    sessions: sessions.length,
    certificate: hash,
  })
  const text = `${printableJson(certificate)}\n`
  if (isStdout(flags.output)) await stdout.write(text)
  else {
    const file = Output.toFile(flags.output, { secret: true })
    await file.write(text).catch(() => {})
    await file.close()
  }
  if (!complete)
    messages.say('onejar: another process goes on writing sessions of the subject: end it, and erase again')
  return complete ? EXIT.ok : EXIT.store
}

async function verify(path: string, flags: Flags, { stdout, stdin }: CommandContext): Promise<number> {
  const keys = purposeKeys(flags.store === undefined ? {} : { target: flags.store }, 'erasure', false)
  const text = (await readInput(path, stdin)).toString()
  const fault = checkCertificate(parsed(text), keys, flags.subject)
  if (flags.json) await stdout.write(`${printableJson({ valid: fault === null, fault })}\n`)
  else if (fault === null) await stdout.write(`${printable(path)} is as it was made\n`)
  if (fault === null || flags.json) return fault === null ? EXIT.ok : EXIT.audit
  throw new CommandError(`${path} ${fault}`, EXIT.audit)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
