import type { Command, CommandContext } from '../command.ts'
import { type CurlLine, curlLine, isCurlText, NO_CURL_LINE, readCurlText } from '../curl/curl-lines.ts'
import { putCurlCookies } from '../curl/put-cookies.ts'
import { withConfigFiles } from '../fetch/config-file.ts'
import { runFetch } from '../fetch/run-fetch.ts'
import { importLines } from '../import-report.ts'
import { type Given, parseCommand, parsedFrom, takesNextWord } from '../options/parse-command.ts'
import { readInput } from '../read-input.ts'
import { curlSpec } from '../specs/curl.ts'
import { UsageError } from '../usage-error.ts'

/** `onejar curl 'curl …'`. */
export const curlCommand: Command = {
  spec: curlSpec,
  async run(args, context) {
    const all = await withConfigFiles(args, context.stdin, takesNextWord(curlSpec))
    const { given } = parseCommand(all, curlSpec, context.messages)
    let code = 0
    // The exit code is that of the last one.
    for (const line of await linesOf(given, context)) code = await runLine(line, context)
    return code
  },
}

/** The lines that are given as one word, on stdin, or word by word; the flags beside them hold for each. */
async function linesOf(given: readonly Given[], { stdin }: CommandContext): Promise<CurlLine[]> {
  const texts = await Promise.all(
    given.map(async ({ name, value }) => {
      if (name !== null) return null
      if (value === '-') return (await readInput('-', stdin)).toString()
      return isCurlText(value) ? value : null
    }),
  )
  if (texts.every((text) => text === null)) {
    const [first] = given.filter(({ name }) => name === null)
    // A line of another program: as a URL it would be one that nobody typed.
    if (/^\s*[\w.-]+\s/.test(String(first?.value ?? ''))) throw new UsageError(NO_CURL_LINE)
    return [curlLine(given.filter((one) => one !== first || !/^curl(?:\.exe)?$/i.test(String(one.value))))]
  }
  const beside = given.filter((_, at) => texts[at] === null)
  return texts
    .flatMap((text) => (text === null ? [] : readCurlText(text)))
    .map((line) => ({ ...line, given: [...line.given, ...beside] }))
}

async function runLine(line: CurlLine, context: CommandContext): Promise<number> {
  const { values, given } = parsedFrom(line.given, curlSpec, context.messages)
  return runFetch(values, given, context, async (session) => {
    const report = await putCurlCookies(session, [line])
    if (context.messages.silent) return
    for (const text of importLines(report).slice(0, -1)) context.messages.say(`onejar: ${text}`)
  })
}
