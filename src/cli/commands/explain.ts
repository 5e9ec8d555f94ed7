import type { Readable } from 'node:stream'
import { classify, explain, type Signal, type VerdictKind } from '../../challenge/index.ts'
import type { Command } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { explainHar, harText } from '../explain/explain-har.ts'
import { type HttpMessage, readHttpMessage } from '../explain/http-message.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords } from '../options/values.ts'
import { printableJson, printableLines } from '../printable.ts'
import { readInput } from '../read-input.ts'
import { explainSpec } from '../specs/explain.ts'
import { UsageError } from '../usage-error.ts'

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
  spec: explainSpec,
  async run(args, context) {
    const { values, words: positionals } = parseCommand(args, explainSpec, context.messages)
    const [path = '-'] = positionals.length === 0 ? [] : takeWords(positionals, 'the file')
    const { url = 'https://site.example/', request: method = 'GET' } = values
    if (!URL.canParse(url)) throw new UsageError('--url takes a URL, as https://shop.example/')
    const signals =
      values.signals === undefined ? undefined : await readSignals(values.signals, context.stdin)
    if (values.har) {
      if (values.url !== undefined || values.request !== undefined || values.fail)
        throw new UsageError('--url, --request and --fail are for one response, not for a HAR file')
      const explained = explainHar(await readInput(path, context.stdin), signals && { signals })
      const lines = values.json ? printableJson(explained) : printableLines(harText(explained))
      await context.stdout.write(`${lines}\n`)
      return EXIT.ok
    }
    const { status, headers, body } = await readMessage(path, context.stdin)
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
