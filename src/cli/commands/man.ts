import { packageVersion } from '../../core/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { manPage } from '../man-page.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords } from '../options/values.ts'
import { COMMAND_SPECS } from '../specs/commands.ts'
import { manSpec } from '../specs/man.ts'

/** `onejar man`. */
export const manCommand: Command = {
  spec: manSpec,
  async run(args, { stdout, messages }) {
    takeWords(parseCommand(args, manSpec, messages).words)
    await stdout.write(manPage(COMMAND_SPECS, packageVersion()))
    return EXIT.ok
  },
}
