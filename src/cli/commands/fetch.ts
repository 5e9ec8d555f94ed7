import type { Command } from '../command.ts'
import { withConfigFiles } from '../fetch/config-file.ts'
import { runFetch } from '../fetch/run-fetch.ts'
import { parseCommand, takesNextWord } from '../options/parse-command.ts'
import { fetchSpec } from '../specs/fetch.ts'

/** `onejar fetch URL...`. */
export const fetchCommand: Command = {
  spec: fetchSpec,
  async run(args, context) {
    const all = await withConfigFiles(args, context.stdin, takesNextWord(fetchSpec))
    const { values, given } = parseCommand(all, fetchSpec, context.messages)
    return runFetch(values, given, context)
  },
}
