import { startWorker } from '../../service/index.ts'
import { createLog } from '../../telemetry/index.ts'
import { allowedAddresses } from '../allowed-addresses.ts'
import { browserAddresses } from '../browser-addresses.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords, wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { workerSpec } from '../specs/worker.ts'
import { tokenFrom } from '../token.ts'
import { untilAsked } from '../until-asked.ts'
import { UsageError } from '../usage-error.ts'

/** `onejar worker`. */
export const workerCommand: Command = {
  spec: workerSpec,
  async run(args, { stdout, messages, env, signal }) {
    const { values, words: positionals } = parseCommand(args, workerSpec, messages)
    takeWords(positionals)
    const { queue, cdp = [] } = values
    if (queue === undefined) throw new UsageError('--queue is missing: redis://HOST')
    const port = values['health-port']
    const host = values['health-host'] ?? '127.0.0.1'
    const token = tokenFrom(values['token-file'], env['ONEJAR_TOKEN'])
    const starting = startWorker({
      broker: {
        store: values.store ?? queue,
        ...allowedAddresses(values['allow-address']),
        browser: browserAddresses(cdp),
      },
      queue: { url: queue },
      concurrency:
        values.concurrency === undefined
          ? undefined
          : wholeNumber(values.concurrency, '--concurrency', 1, 100),
      contextBytes: wholeNumber(values['context-mb'] ?? '256', '--context-mb', 16, 1_048_576) * 1024 * 1024,
      // The process has a minute at most.
      drainMs: wholeNumber(values['drain-ms'] ?? '10000', '--drain-ms', 0, 45_000),
      lockMs: wholeNumber(values['lock-ms'] ?? '30000', '--lock-ms', 1_000, 600_000),
      health:
        port === undefined ? null : { host, port: wholeNumber(port, '--health-port', 0, 65_535), token },
      log: createLog(values['log-level']),
      signal,
    })
    const worker = await starting.catch((error: unknown) => {
      // Who is asked to end before there was a queue has nothing to finish.
      if (signal.aborted) return null
      throw error
    })
    if (worker === null) return EXIT.ok
    try {
      const { healthUrl } = worker
      const text = `ready${healthUrl === null ? '' : ` ${healthUrl}`}`
      await stdout.write(`${values.json ? printableJson({ ready: true, healthUrl }, 0) : text}\n`)
      await untilAsked(signal)
    } finally {
      await worker.close()
    }
    return EXIT.ok
  },
}
