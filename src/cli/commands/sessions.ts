import { openBroker } from '../../client/index.ts'
import { parseHttpUrl } from '../../core/index.ts'
import type { SessionInfo } from '../../store/index.ts'
import { auditNote } from '../audit-note.ts'
import type { Command, CommandContext } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { printable, printableJson } from '../printable.ts'
import { reportSession, reportText } from '../session-report.ts'
import { sessionsSpec } from '../specs/sessions.ts'
import { instant, table } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { loadStored, NAMED_SESSIONS, noSuchSession, sessionKey, warnOf, withStore } from '../with-store.ts'

const ACTIONS = ['ls', 'show', 'rm', 'unblock', 'purge'] as const

interface Flags {
  readonly store?: string | undefined
  readonly tenant?: string | undefined
  readonly json?: boolean | undefined
  readonly reveal?: boolean | undefined
}

/** `onejar sessions ls | show | rm | unblock | purge`. */
export const sessionsCommand: Command = {
  spec: sessionsSpec,
  async run(args, context) {
    const { values, words: positionals } = parseCommand(args, sessionsSpec, context.messages)
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError(`say what to do: ${ACTIONS.join(', ')}`)
    const action = oneOf(word, ACTIONS, 'sessions')
    if (action === 'rm') return remove(rest, values, context)
    if (action === 'show') return show(rest, values, context)
    if (action === 'unblock') return unblock(rest, values, context)
    takeWords(rest)
    return action === 'ls' ? list(values, context) : purge(values, context)
  },
}

async function list(flags: Flags, { stdout, messages }: CommandContext): Promise<number> {
  const { tenant } = flags
  const infos = await withStore(flags, messages, async (store) => {
    const found: SessionInfo[] = []
    for await (const info of store.list(tenant === undefined ? {} : { tenant })) found.push(info)
    return found
  })
  infos.sort((a, b) => b.writtenAt - a.writtenAt)
  if (flags.json) {
    const shown = infos.map(({ session, ...facts }) => ({ ...session, ...facts }))
    await stdout.write(`${printableJson(shown)}\n`)
  } else if (infos.length > 0) {
    const head = ['SESSION', 'TENANT', 'WRITTEN', 'KEPT UNTIL', 'ENTRIES', 'BYTES']
    const rows = infos.map(({ session, writtenAt, expiresAt, entries, sizeBytes }) => [
      session.id,
      session.tenant,
      instant(writtenAt),
      instant(expiresAt),
      String(entries),
      String(sizeBytes),
    ])
    await stdout.write(table(head, rows, stdout.style))
  }
  return EXIT.ok
}

async function show(
  words: readonly string[],
  flags: Flags,
  { stdout, messages, env }: CommandContext,
): Promise<number> {
  const [id = ''] = takeWords(words, 'the session')
  const key = sessionKey(id, flags)
  const report = await withStore(flags, messages, async (store) => {
    const { entries } = await loadStored(store, key)
    if (flags.reveal)
      auditNote(flags, env, 'session-revealed', store.pseudonym(key), { what: 'cookies and storage' })
    const about = { pseudonym: store.pseudonym(key), now: Date.now(), reveal: flags.reveal === true }
    return reportSession(entries, about)
  })
  await stdout.write(flags.json ? `${printableJson(report)}\n` : reportText(report, stdout.style))
  return EXIT.ok
}

async function remove(
  words: readonly string[],
  flags: Flags,
  { stdout, messages, env }: CommandContext,
): Promise<number> {
  if (words.length === 0) throw new UsageError('the session is missing')
  await withStore(flags, messages, async (store) => {
    const missing: Error[] = []
    const removed: string[] = []
    for (const id of words) {
      const key = sessionKey(id, flags)
      if (await store.remove(key)) {
        auditNote(flags, env, 'session-removed', store.pseudonym(key), {})
        removed.push(id)
      } else missing.push(await noSuchSession(store, key))
    }
    if (flags.json) await stdout.write(`${printableJson({ removed })}\n`)
    // The others are gone by then, whichever comes first.
    const [first, ...more] = missing
    for (const error of more) messages.say(`onejar: ${error.message}`)
    if (first) throw first
  })
  return EXIT.ok
}

/** Through a session of a broker, so that every process which has it goes on, and the audit trail knows. */
async function unblock(
  words: readonly string[],
  flags: Flags,
  { stdout, messages }: CommandContext,
): Promise<number> {
  const [id = '', where = ''] = takeWords(words, 'the session', 'the origin')
  const { origin } = parseHttpUrl(where.includes('://') ? where : `https://${where}`)
  await withStore(flags, messages, (store) => loadStored(store, sessionKey(id, flags)))
  const onWarning = warnOf(messages)
  const options = { onWarning, ...(flags.store === undefined ? {} : { store: flags.store }) }
  await using broker = await openBroker(options, NAMED_SESSIONS)
  const session = await broker.session(id, flags.tenant === undefined ? {} : { tenant: flags.tenant })
  const isBlocked = session.blockedOrigins().some((blocked) => blocked.origin === origin)
  session.unblock(origin)
  await session.flush()
  const text = `${printable(id)} ${isBlocked ? 'goes on' : 'was not blocked'} at ${printable(origin)}`
  const result = { session: id, origin, wasBlocked: isBlocked }
  await stdout.write(`${flags.json ? printableJson(result) : text}\n`)
  return EXIT.ok
}

async function purge(flags: Flags, { stdout, messages, env }: CommandContext): Promise<number> {
  if (flags.tenant !== undefined)
    throw new UsageError('purge is for the sessions of all tenants: leave --tenant out')
  const { sessions, entries } = await withStore(flags, messages, (store) => store.purge())
  auditNote(flags, env, 'store-purged', null, { sessions, entries })
  const text = `${sessions} sessions and ${entries} entries dropped`
  await stdout.write(`${flags.json ? printableJson({ sessions, entries }) : text}\n`)
  return EXIT.ok
}
