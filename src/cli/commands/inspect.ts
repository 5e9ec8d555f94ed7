import { randomBytes } from 'node:crypto'
import { startService } from '../../service/index.ts'
import { createLog } from '../../telemetry/index.ts'
import { allowedAddresses } from '../allowed-addresses.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords, wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { inspectSpec } from '../specs/inspect.ts'
import { tokenFrom } from '../token.ts'
import { untilAsked } from '../until-asked.ts'

/** `onejar inspect`. */
export const inspectCommand: Command = {
  spec: inspectSpec,
  async run(args, { stdout, messages, env, signal }) {
    const { values, words } = parseCommand(args, inspectSpec, messages)
    takeWords(words)
    const given = tokenFrom(values['token-file'], env['ONEJAR_TOKEN'])
    const token = given ?? randomBytes(18).toString('base64url')
    const service = await startService({
      broker: {
        ...(values.store === undefined ? {} : { store: values.store }),
        ...(values.queue === undefined ? {} : { queue: values.queue }),
        ...allowedAddresses(values['allow-address']),
      },
      host: '127.0.0.1',
      port: wholeNumber(values.port ?? '0', '--port', 0, 65_535),
      token,
      log: createLog('warn'),
    })
    try {
      const url = `${service.url}/inspect`
      // One that the caller has is not shown.
      const shown = given === undefined ? { url, token } : { url }
      const lines = given === undefined ? `${url}\nToken: ${token}` : url
      await stdout.write(`${values.json ? printableJson(shown, 0) : lines}\n`)
      await untilAsked(signal)
    } finally {
      await service.close()
    }
    return EXIT.ok
  },
}
