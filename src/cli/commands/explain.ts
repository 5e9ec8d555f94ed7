import type { Readable } from 'node:stream'
import { classify, explain, type Signal, type VerdictKind } from '../../challenge/index.ts'
import type { Command } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { type HttpMessage, readHttpMessage } from '../explain/http-message.ts'
import { parseFlags, takeWords } from '../parse-flags.ts'
import { printableJson, printableLines } from '../printable.ts'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'

const HELP = `usage: onejar explain [flags] [FILE]

Says what a recorded response is (ok, js-challenge, captcha, block, waiting-room, rate-limited, unauthorised, error), how
sure that is, and why: the same that onejar fetch goes by. Nothing is fetched. FILE is a response as curl -i writes it: a status line, headers,
an empty line, the body; without FILE, or with -, it is read from stdin.

      --url URL       what answered; default: https://site.example/
  -X, --request NAME  the method of the request; default: GET
      --signals FILE  further rows for the table, as a JSON array (see docs/challenges.md)
      --json          for programs
  -f, --fail          the exit code is the verdict: 102 js-challenge, 103 captcha, 104 block, 105 rate-limited,
                      111 waiting-room, 67 unauthorised, 22 error

examples
  curl -si https://shop.example/ | onejar explain --url https://shop.example/
  onejar explain --json recorded.http
`

const FLAGS = {
  url: { type: 'string' },
  request: { type: 'string', short: 'X' },
  signals: { type: 'string' },
  json: { type: 'boolean' },
  fail: { type: 'boolean', short: 'f' },
} as const

const CODES: Readonly<Record<VerdictKind, number>> = {
  ok: EXIT.ok,
  'js-challenge': EXIT.challenge,
  captcha: EXIT.captcha,
  block: EXIT.blocked,
  'waiting-room': EXIT.waitingRoom,
  'rate-limited': EXIT.rateLimited,
  unauthorised: EXIT.loginDenied,
  error: EXIT.httpError,
}

/** `onejar explain`. */
export const explainCommand: Command = {
  help: HELP,
  async run(args, context) {
    const { values, positionals } = parseFlags(args, FLAGS, context.messages)
    const [path = '-'] = positionals.length === 0 ? [] : takeWords(positionals, 'the file')
    const { url = 'https://site.example/', request: method = 'GET' } = values
    if (!URL.canParse(url)) throw new UsageError('--url takes a URL, as https://shop.example/')
    const { status, headers, body } = await readMessage(path, context.stdin)
    const signals =
      values.signals === undefined ? undefined : await readSignals(values.signals, context.stdin)
    const verdict = classify({ url, method, status, headers, body }, signals && { signals })
    const shown = values.json ? printableJson(verdict) : printableLines(explain(verdict))
    await context.stdout.write(`${shown}\n`)
    return values.fail ? CODES[verdict.kind] : EXIT.ok
  },
}

async function readMessage(path: string, stdin: Readable): Promise<HttpMessage> {
  const bytes = await readInput(path, stdin)
  try {
    return readHttpMessage(bytes)
  } catch (cause) {
    const what = path === '-' ? 'stdin' : path
    const why = (cause as Error).message
    throw new CommandError(`${what} is no recorded response: ${why}`, EXIT.badInput, { cause })
  }
}

/** What they are is looked over by the classifier. */
async function readSignals(path: string, stdin: Readable): Promise<Signal[]> {
  const text = (await readInput(path, stdin)).toString()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CommandError(`${path} is no JSON`, EXIT.badInput, { cause })
  }
}
