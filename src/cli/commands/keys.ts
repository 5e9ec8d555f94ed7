import { generateKey, storePlace } from '../../store/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { changeKeyFile, keyFileOf } from '../key-file.ts'
import type { Values } from '../options/option.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { keysSpec } from '../specs/keys.ts'
import { UsageError } from '../usage-error.ts'
import { withStore } from '../with-store.ts'

const ACTIONS = ['generate', 'rotate'] as const

/** What a key ring holds at most. */
const MAX_KEYS = 16

/** `onejar keys generate | rotate`. */
export const keysCommand: Command = {
  spec: keysSpec,
  async run(args, context) {
    const { values, words: positionals } = parseCommand(args, keysSpec, context.messages)
    const [word, ...rest] = positionals
    if (word === undefined) throw new UsageError(`say what to do: ${ACTIONS.join(', ')}`)
    const action = oneOf(word, ACTIONS, 'keys')
    takeWords(rest)
    if (action === 'generate') {
      const key = generateKey()
      await context.stdout.write(`${values.json ? printableJson({ key }) : key}\n`)
      return EXIT.ok
    }
    return rotate(values, context)
  },
}

async function rotate(flags: Values<typeof keysSpec.options>, context: CommandContext): Promise<number> {
  const dropOld = flags['drop-old'] === true
  const { stdout, messages, env } = context
  if (flags.store !== undefined && storePlace(flags.store).kind === 'memory')
    throw new UsageError('a store in memory has no keys')
  const given = ['ONEJAR_KEYS', 'ONEJAR_KEYS_FILE'].find((name) => env[name])
  const path = given === undefined ? keyFileOf(flags.store) : null
  if (path === null && dropOld) {
    throw new UsageError(
      `--drop-old changes the key file of a store, and the keys come from ${given}: take them away there`,
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
  const text = `${resealed} entries sealed anew${unreadable > 0 ? `, ${unreadable} cannot be read` : ''}`
  await stdout.write(`${flags.json ? printableJson({ resealed, unreadable }) : text}
`)
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
