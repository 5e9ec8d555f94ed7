import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { whyOfFile } from '../../core/index.ts'
import { type BotKeyJwk, keyDirectory, readBotKey } from '../../http/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords, wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { botAuthSpec } from '../specs/bot-auth.ts'
import { UsageError } from '../usage-error.ts'

const ACTIONS = ['key', 'directory'] as const
const DAY_MS = 24 * 3_600_000

/** `onejar bot-auth key | directory`. */
export const botAuthCommand: Command = {
  spec: botAuthSpec,
  async run(args, { stdout, messages }) {
    const { values, words } = parseCommand(args, botAuthSpec, messages)
    const [word, ...rest] = words
    if (word === undefined) throw new UsageError(`say what to do: ${ACTIONS.join(', ')}`)
    const action = oneOf(word, ACTIONS, 'bot-auth')
    takeWords(rest)
    if (action === 'key') {
      const { privateKey } = generateKeyPairSync('ed25519')
      const { kty, crv, x, d } = privateKey.export({ format: 'jwk' })
      await stdout.write(`${JSON.stringify({ kty, crv, x, d })}\n`)
      return EXIT.ok
    }
    if (values.key === undefined) throw new UsageError('--key FILE says whose directory it is')
    const agent = agentOf(values.agent)
    const expiresMs = wholeNumber(values['expires-ms'] ?? String(DAY_MS), '--expires-ms', 1000, 30 * DAY_MS)
    const { body, headers } = keyDirectory(readBotKey(readJwk(values.key)), agent, Date.now(), expiresMs)
    if (values.json === true) await stdout.write(`${printableJson({ headers, body })}\n`)
    else {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
      if (values.headers === true) await stdout.write(`${lines.join('')}\n`)
      await stdout.write(`${JSON.stringify(body, null, 2)}\n`)
    }
    return EXIT.ok
  },
}

function agentOf(text: string | undefined): string {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && url.href === `${url.origin}/`) return url.origin
  throw new UsageError(
    '--agent: expected the https origin that serves the directory, such as https://bot.example',
  )
}

function readJwk(path: string): BotKeyJwk {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--key: ${path} cannot be read: ${whyOfFile(error)}`)
  }
  try {
    return JSON.parse(text) as BotKeyJwk
  } catch {
    // What the parser says would show a piece of the key.
    throw new UsageError(`--key: ${path} holds no JSON`)
  }
}
