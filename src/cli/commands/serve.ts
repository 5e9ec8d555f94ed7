import { parseHttpUrl } from '../../core/index.ts'
import { startService } from '../../service/index.ts'
import { createLog } from '../../telemetry/index.ts'
import { allowedAddresses } from '../allowed-addresses.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords, wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { serveSpec } from '../specs/serve.ts'
import { tenantTokensFrom, tokenFrom } from '../token.ts'
import { untilAsked } from '../until-asked.ts'

/** `onejar serve`. */
export const serveCommand: Command = {
  spec: serveSpec,
  async run(args, { stdout, messages, env, signal }) {
    const { values, words: positionals } = parseCommand(args, serveSpec, messages)
    takeWords(positionals)
    const token = tokenFrom(values['token-file'], env['ONEJAR_TOKEN'])
    const service = await startService({
      broker: {
        ...(values.store === undefined ? {} : { store: values.store }),
        ...(values.queue === undefined ? {} : { queue: values.queue }),
        ...allowedAddresses(values['allow-address']),
      },
      host: values.host ?? '127.0.0.1',
      port: wholeNumber(values.port ?? '7411', '--port', 0, 65_535),
      token,
      tenantTokens: tenantTokensFrom(values['tenant-tokens'], env['ONEJAR_TENANT_TOKENS']),
      ...(values['allow-proxy'] === undefined ? {} : { proxies: values['allow-proxy'] }),
      log: createLog(values['log-level']),
      maxSessions: wholeNumber(values['max-sessions'] ?? '1000', '--max-sessions', 1, 1_000_000),
      byHand: values['by-hand'] === true,
      ...(values['public-url'] === undefined ? {} : { publicUrl: parseHttpUrl(values['public-url']) }),
      idleMs: wholeNumber(values['idle-ms'] ?? '300000', '--idle-ms', 1, 2 ** 31 - 1),
      maxResponseBytes:
        values['max-response-bytes'] === undefined
          ? undefined
          : wholeNumber(values['max-response-bytes'], '--max-response-bytes', 1, 2 ** 30),
    })
    try {
      await stdout.write(`${values.json ? printableJson({ url: service.url }, 0) : service.url}\n`)
      await untilAsked(signal)
    } finally {
      await service.close()
    }
    return EXIT.ok
  },
}
