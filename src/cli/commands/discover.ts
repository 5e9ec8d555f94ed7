import type { DiscoverOptions } from '../../client/index.ts'
import type { Command } from '../command.ts'
import { discoveryText } from '../discover/discovery-text.ts'
import { EXIT } from '../exit-codes.ts'
import type { FetchFlags } from '../fetch/flags.ts'
import { withFetchSession } from '../fetch/open-session.ts'
import type { Values } from '../options/option.ts'
import { parseCommand } from '../options/parse-command.ts'
import { secondsFlag, takeWords } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { discoverSpec } from '../specs/discover.ts'
import { UsageError } from '../usage-error.ts'

/** `onejar discover URL`. */
export const discoverCommand: Command = {
  spec: discoverSpec,
  async run(args, context) {
    const { values, words } = parseCommand(args, discoverSpec, context.messages)
    const [word] = takeWords(words, 'the URL') as [string]
    const url = word.includes('://') ? word : `http://${word}`
    const options = optionsOf(values)
    const { json, want: _, field: __, reads: ___, ...rest } = values
    const flags: FetchFlags = rest
    return withFetchSession({ ...flags, render: true }, context, async (session) => {
      const found = await session.discover(url, options)
      const text = json ? `${printableJson(found)}\n` : discoveryText(found, context.stdout.style)
      await context.stdout.write(text)
      return found.requests.some(({ fields }) => fields.length > 0) ? EXIT.ok : EXIT.notAsExpected
    })
  },
}

function optionsOf(values: Values<typeof discoverSpec.options>): DiscoverOptions {
  const { want, field, reads } = values
  if (want !== undefined && field !== undefined) throw new UsageError('give --want or --field, not both')
  const time = values['max-time']
  return {
    ...(want === undefined ? {} : { want }),
    ...(field === undefined ? {} : { want: Object.fromEntries(field.map(fieldOf)) }),
    ...(reads === undefined ? {} : { reads }),
    ...(time === undefined ? {} : { timeoutMs: secondsFlag(time, '--max-time') }),
  }
}

function fieldOf(text: string): [string, { selector: string; attr?: string }] {
  const [, name, selector, attr] = /^([^=]+)=(.+?)(?:@([\w:-]+))?$/.exec(text) ?? []
  if (name === undefined || selector === undefined) throw new UsageError('--field takes NAME=SELECTOR')
  return [name, attr === undefined ? { selector } : { selector, attr }]
}
