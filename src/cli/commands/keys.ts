import { generateKey, storePlace } from '../../store/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { changeKeyFile, keyFileOf } from '../key-file.ts'
import { oneOf, parseFlags, takeWords } from '../parse-flags.ts'
import { UsageError } from '../usage-error.ts'
import { type StoreFlags, withStore } from '../with-store.ts'

const HELP = `usage: onejar keys generate
       onejar keys rotate [--drop-old] [--store TARGET]

generate prints a new key, for ONEJAR_KEYS or a key file. rotate puts a new key in front of the store's key file, and
seals everything anew with it. The older keys stay in the file, so that what is sealed with them can be read, until
--drop-old takes them away; that is refused while anything cannot be read.

Processes that have the store open read the key file again within a minute, and when they meet something that was
sealed with the new key. Rotate first, and use --drop-old in another call a minute later: what a process still writes
with a key that was taken away can be read by nobody.
With ONEJAR_KEYS the keys are yours to change: put a new one in front everywhere, then rotate seals everything anew.

      --drop-old      take the older keys away when all is sealed with the newest
      --store TARGET  a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME

examples
  onejar keys rotate
  ONEJAR_KEYS="$(onejar keys generate),$ONEJAR_KEYS" onejar keys rotate --store redis://localhost
`

const FLAGS = { store: { type: 'string' }, 'drop-old': { type: 'boolean' } } as const
const ACTIONS = ['generate', 'rotate'] as const

/** What a key ring holds at most. */
const MAX_KEYS = 16

/** `onejar keys generate | rotate`. */
export const keysCommand: Command = {
  help: HELP,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, FLAGS, context.messages)
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError(`say what to do: ${ACTIONS.join(', ')}`)
    const action = oneOf(word, ACTIONS, 'keys')
    takeWords(rest)
    if (action === 'generate') {
      await context.stdout.write(`${generateKey()}\n`)
      return EXIT.ok
    }
    return rotate(values, values['drop-old'] === true, context)
  },
}

async function rotate(flags: StoreFlags, dropOld: boolean, context: CommandContext): Promise<number> {
  const { stdout, messages, env } = context
  if (flags.store !== undefined && storePlace(flags.store).kind === 'memory')
    throw new UsageError('a store in memory has no keys')
  const path = env['ONEJAR_KEYS'] ? null : keyFileOf(flags.store)
  if (path === null && dropOld) {
    throw new UsageError(
      '--drop-old changes a key file, and the keys come from ONEJAR_KEYS: take them away there',
    )
  }
  if (path !== null) {
    // Opened before its keys are touched: a store that is not there, or not ours, keeps them; a new one gets its first.
    await withStore(flags, messages, async () => {})
    await changeKeyFile(path, (keys) => {
      if (keys.length < MAX_KEYS) return [generateKey(), ...keys]
      throw new CommandError(
        `The key file ${path} is full: its last keys can go when nothing needs them`,
        EXIT.store,
      )
    })
  }
  const { resealed, unreadable } = await withStore(flags, messages, (store) => store.rekey())
  await stdout.write(
    `${resealed} entries sealed anew${unreadable > 0 ? `, ${unreadable} cannot be read` : ''}\n`,
  )
  if (!dropOld || path === null) return EXIT.ok
  if (unreadable > 0) {
    throw new CommandError(
      'The older keys stay: something in the store cannot be read with any of them',
      EXIT.store,
    )
  }
  await changeKeyFile(path, (keys) => keys.slice(0, 1))
  return EXIT.ok
}
