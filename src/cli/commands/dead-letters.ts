import { type DeadLetterInfo, openBroker } from '../../client/index.ts'
import type { DeadLetter } from '../../record/index.ts'
import type { SessionKey } from '../../store/index.ts'
import { auditNote } from '../audit-note.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT, exitCodeOf } from '../exit-codes.ts'
import { MASK } from '../mask.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { printable, printableJson } from '../printable.ts'
import { deadLettersSpec } from '../specs/dead-letters.ts'
import { instant, table } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { loadStored, NAMED_SESSIONS, type StoreFlags, sessionKey, withStore } from '../with-store.ts'

const ACTIONS = ['ls', 'show', 'retry', 'rm'] as const

interface Flags extends StoreFlags {
  readonly all?: boolean | undefined
  readonly json?: boolean | undefined
  readonly reveal?: boolean | undefined
}

interface Stored {
  readonly session: SessionKey
  readonly id: string
  readonly letter: DeadLetter
}

/** `onejar dead-letters ls | show | retry | rm`. */
export const deadLettersCommand: Command = {
  spec: deadLettersSpec,
  async run(args, context) {
    const { values, words: positionals } = parseCommand(args, deadLettersSpec, context.messages)
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError(`say what to do: ${ACTIONS.join(', ')}`)
    const action = oneOf(word, ACTIONS, 'dead-letters')
    if (action === 'ls') return list(rest, values, context)
    if (action === 'show') return show(rest, values, context)
    return again(action, rest, values, context)
  },
}

async function list(
  words: readonly string[],
  flags: Flags,
  { stdout, messages }: CommandContext,
): Promise<number> {
  const [id] = words.length === 0 ? [undefined] : takeWords(words, 'the session')
  const letters = await readLetters(id, flags, messages)
  letters.sort((a, b) => b.letter.at - a.letter.at)
  if (flags.json) {
    const shown = letters.map(({ session, id, letter: { request: _, ...letter } }) => ({
      session: session.id,
      tenant: session.tenant,
      id,
      ...letter,
    }))
    await stdout.write(`${printableJson(shown)}\n`)
  } else if (letters.length > 0) {
    const rows = letters.map(({ session, id, letter }) => [
      session.id,
      id,
      instant(letter.at),
      letter.method,
      letter.url,
      letter.code,
      letter.status == null ? '-' : String(letter.status),
      letter.tier,
      String(letter.attempts),
    ])
    await stdout.write(
      table(['SESSION', 'ID', 'AT', 'METHOD', 'URL', 'CODE', 'STATUS', 'TIER', 'SENT'], rows, stdout.style),
    )
  }
  return EXIT.ok
}

async function show(
  words: readonly string[],
  flags: Flags,
  { stdout, messages, env }: CommandContext,
): Promise<number> {
  const [session = '', id = ''] = takeWords(words, 'the session', 'the id')
  const found = (await readLetters(session, flags, messages)).find((one) => one.id === id)
  if (found === undefined) throw noSuchLetter(id)
  if (flags.reveal) {
    const name = await withStore(flags, messages, async (store) => store.pseudonym(found.session))
    auditNote(flags, env, 'session-revealed', name, { what: `dead letter ${id}` })
  }
  const { request, ...letter } = found.letter
  const hide = (text: string) => (flags.reveal || text === '' ? text : MASK)
  const shown = {
    id,
    ...letter,
    search: hide(request.search),
    headers: request.headers.map(([name, value]) => [name, hide(value)] as const),
    body: request.bodyBase64 === null ? null : hide(Buffer.from(request.bodyBase64, 'base64').toString()),
    isWhole: request.isWhole,
  }
  if (flags.json) await stdout.write(`${printableJson(shown)}\n`)
  else {
    const rows = [
      ['id', id],
      ['at', instant(letter.at)],
      ['kept until', instant(letter.expiresAt)],
      ['request', `${letter.method} ${letter.url}${shown.search}`],
      [
        'ended with',
        `${letter.status == null ? '' : `status ${letter.status}, `}${letter.code} (${letter.tier}), sent ${letter.attempts} times`,
      ],
      ...shown.headers.map(([name, value]) => [name, value]),
      ['body', shown.body ?? '-'],
      ['whole', shown.isWhole ? 'yes' : 'no: a credential, a stream or too large; it cannot be sent again'],
    ]
    await stdout.write(table(['WHAT', 'VALUE'], rows, stdout.style))
  }
  return EXIT.ok
}

/** Sends letters again, or forgets them. The exit code is that of the last one that did not pass. */
async function again(
  action: 'retry' | 'rm',
  words: readonly string[],
  flags: Flags,
  { stdout, messages, signal }: CommandContext,
): Promise<number> {
  const [id, ...asked] = words
  if (id === undefined) throw new UsageError('the session is missing')
  if (asked.length === 0 && !flags.all) throw new UsageError('the id is missing (or --all)')
  await withStore(flags, messages, (store) => loadStored(store, sessionKey(id, flags)))
  const options = flags.store === undefined ? {} : { store: flags.store }
  await using broker = await openBroker(options, NAMED_SESSIONS)
  const session = await broker.session(id, flags.tenant === undefined ? {} : { tenant: flags.tenant })
  const known = new Map(session.deadLetters.list().map((letter) => [letter.id, letter]))
  const letters = (flags.all ? [...known.keys()] : asked).map((one): DeadLetterInfo => {
    const letter = known.get(one)
    if (letter === undefined) throw noSuchLetter(one)
    return letter
  })
  let code: number = EXIT.ok
  const results: { id: string; passed: boolean; status: number | null }[] = []
  for (const { id: letter, method, url } of letters) {
    if (action === 'rm') {
      session.deadLetters.remove(letter)
      results.push({ id: letter, passed: true, status: null })
      continue
    }
    try {
      const response = await session.deadLetters.retry(letter, { signal })
      await response.body?.cancel()
      const stays = session.deadLetters.list().some((one) => one.id === letter)
      if (stays) code = EXIT.httpError
      results.push({ id: letter, passed: !stays, status: response.status })
      if (flags.json) continue
      await stdout.write(
        `${printable(`${letter} ${method} ${url} ${response.status}`)}${stays ? ' (it stays)' : ''}\n`,
      )
    } catch (error) {
      signal.throwIfAborted()
      messages.fail(error, 'dead-letters')
      code = exitCodeOf(error)
      results.push({ id: letter, passed: false, status: null })
    }
  }
  const passed = results.filter((one) => one.passed).length
  const did = action === 'rm' ? { removed: passed } : { passed, failed: results.length - passed }
  if (flags.json) await stdout.write(`${printableJson({ ...did, letters: results })}\n`)
  else if (action === 'retry' && results.length > 1)
    messages.say(`onejar: ${passed} of ${results.length} passed`)
  return code
}

function readLetters(
  id: string | undefined,
  flags: Flags,
  messages: CommandContext['messages'],
): Promise<Stored[]> {
  return withStore(flags, messages, async (store) => {
    const keys: SessionKey[] = []
    if (id !== undefined) keys.push(sessionKey(id, flags))
    else {
      const filter = flags.tenant === undefined ? {} : { tenant: flags.tenant }
      for await (const { session } of store.list(filter)) keys.push(session)
    }
    const found: Stored[] = []
    for (const session of keys) {
      const { entries } = id === undefined ? await store.load(session) : await loadStored(store, session)
      for (const entry of entries) {
        if (entry.kind === 'dead-letter' && entry.value !== null && entry.value.expiresAt > Date.now())
          found.push({ session, id: entry.id, letter: entry.value })
      }
    }
    return found
  })
}

function noSuchLetter(id: string): CommandError {
  return new CommandError(
    `There is no dead letter ${JSON.stringify(id)}; onejar dead-letters ls shows what there is`,
  )
}
