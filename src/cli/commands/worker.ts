import { startWorker } from '../../service/index.ts'
import { createLog } from '../../telemetry/index.ts'
import { allowedAddresses } from '../allowed-addresses.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseFlags, takeWords, wholeNumber } from '../parse-flags.ts'
import { tokenFrom } from '../token.ts'
import { untilAsked } from '../until-asked.ts'
import { UsageError } from '../usage-error.ts'

const HELP = `usage: onejar worker --queue URL [flags]

Solves challenges for other processes: takes them from the queue, works on the session's record in the store, and leaves
there what the site gave. Any number of workers can share a queue; a solve whose worker died is done by another. Logs
JSON lines to stderr. Stops cleanly on SIGTERM and SIGINT: solves under way are finished first.

      --queue URL         redis://HOST; the same as that of the clients
      --store TARGET      redis://HOST; default: the queue's. The keys (ONEJAR_KEYS) have to be the same, too
      --concurrency N     solves at once; default: 2
      --lock-ms MS        how long the jobs of a worker that died are withheld from the others; default: 30000
      --health-port PORT  /health and /metrics (Prometheus) on this port; 0 for a free one; default: none
      --health-host HOST  default: 127.0.0.1. Elsewhere a token is needed
      --token-file FILE   the token that who fetches /metrics shows (Authorization: Bearer TOKEN); default: ONEJAR_TOKEN
      --cdp URL           use the browser at this DevTools endpoint; workers and others may share it
      --allow-address A   reach public addresses only, and A: a CIDR block or a host, with :PORT or without; public for
                          nothing else. Repeatable; default: what whoever asks may reach, which holds in any case
      --log-level LEVEL   debug, info, warn, error or silent; default: info

examples
  ONEJAR_KEYS="$(cat keys)" onejar worker --queue redis://localhost
  onejar worker --queue redis://localhost --concurrency 4 --health-port 9464
`

const FLAGS = {
  queue: { type: 'string' },
  store: { type: 'string' },
  concurrency: { type: 'string' },
  'lock-ms': { type: 'string' },
  'health-port': { type: 'string' },
  'health-host': { type: 'string' },
  'token-file': { type: 'string' },
  cdp: { type: 'string' },
  'allow-address': { type: 'string', multiple: true },
  'log-level': { type: 'string' },
} as const

/** `onejar worker`. */
export const workerCommand: Command = {
  help: HELP,
  async run(args, { stdout, messages, env, signal }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    takeWords(positionals)
    const { queue, cdp } = values
    if (queue === undefined) throw new UsageError('--queue is missing: redis://HOST')
    const port = values['health-port']
    const host = values['health-host'] ?? '127.0.0.1'
    const token = tokenFrom(values['token-file'], env['ONEJAR_TOKEN'])
    const starting = startWorker({
      broker: {
        store: values.store ?? queue,
        ...allowedAddresses(values['allow-address']),
        ...(cdp === undefined ? {} : { browser: { cdpEndpoint: cdp } }),
      },
      queue: { url: queue },
      concurrency: wholeNumber(values.concurrency ?? '2', '--concurrency', 1, 100),
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
      await stdout.write(`ready${worker.healthUrl === null ? '' : ` ${worker.healthUrl}`}\n`)
      await untilAsked(signal)
    } finally {
      await worker.close()
    }
    return EXIT.ok
  },
}
