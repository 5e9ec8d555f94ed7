import type { Command } from '../command.ts'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { oneOf, takeWords } from '../options/values.ts'
import { COMMAND_SPECS } from '../specs/commands.ts'
import { completionSpec, SHELLS } from '../specs/completion.ts'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

/** `onejar completion bash | zsh | fish`. */
export const completionCommand: Command = {
  spec: completionSpec,
  async run(args, { stdout, messages }) {
    const { words } = parseCommand(args, completionSpec, messages)
    const [word = ''] = takeWords(words, 'the shell')
    await stdout.write(SCRIPTS[oneOf(word, SHELLS, 'completion')](COMMAND_SPECS))
    return EXIT.ok
  },
}
