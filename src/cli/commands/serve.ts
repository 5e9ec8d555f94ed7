import { startService } from '../../service/index.ts'
import { createLog } from '../../telemetry/index.ts'
import { allowedAddresses } from '../allowed-addresses.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseFlags, takeWords, wholeNumber } from '../parse-flags.ts'
import { tokenFrom } from '../token.ts'
import { untilAsked } from '../until-asked.ts'

const HELP = `usage: onejar serve [flags]

Serves sessions over HTTP, JSON in and JSON out: fetch and render URLs in a session, read and set its cookies, list and
remove sessions; /health and /metrics (Prometheus). Logs JSON lines to stderr. Ends in good order at SIGTERM and SIGINT.

      --host ADDRESS     where to listen; default: 127.0.0.1. Elsewhere a token is needed
      --port PORT        default: 7411; 0 for a free one
      --token-file FILE  the token that callers show (Authorization: Bearer TOKEN); default: ONEJAR_TOKEN
      --store TARGET     a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME
      --queue URL        redis://HOST where onejar worker processes take solves from; default: a browser here solves
      --max-response-bytes N
                         what a site's body may have at most, decoded; default: 16777216, and a request may ask for up to
                         268435456 with maxResponseBytes; where the flag is given, no request gets more
      --allow-address A  what may be reached beside public addresses: a CIDR block or a host, with :PORT or without
                         (127.0.0.1/32:8080, 10.1.0.0/16, intranet.example); any for everything. Repeatable
      --max-sessions N   sessions that are open at once; the least recently used is released for another; default: 1000
      --idle-ms MS       a session that is unused for so long is released; default: 300000
      --log-level LEVEL  debug, info, warn, error or silent; default: info

Addresses of this machine, its networks and its cloud are refused, redirects and what pages load included.
Without a token only callers on this machine that are no web pages are let in.

examples
  onejar serve
  ONEJAR_TOKEN="$(openssl rand -hex 24)" onejar serve --host 0.0.0.0 --store redis://localhost
  curl -s localhost:7411/v1/fetch -H content-type:application/json -d '{"session":"alice","url":"https://shop.example/"}'
`

const FLAGS = {
  host: { type: 'string' },
  port: { type: 'string' },
  'token-file': { type: 'string' },
  store: { type: 'string' },
  queue: { type: 'string' },
  'max-response-bytes': { type: 'string' },
  'max-sessions': { type: 'string' },
  'idle-ms': { type: 'string' },
  'allow-address': { type: 'string', multiple: true },
  'log-level': { type: 'string' },
} as const

/** `onejar serve`. */
export const serveCommand: Command = {
  help: HELP,
  async run(args, { stdout, messages, env, signal }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
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
      log: createLog(values['log-level']),
      maxSessions: wholeNumber(values['max-sessions'] ?? '1000', '--max-sessions', 1, 1_000_000),
      idleMs: wholeNumber(values['idle-ms'] ?? '300000', '--idle-ms', 1, 2 ** 31 - 1),
      maxResponseBytes:
        values['max-response-bytes'] === undefined
          ? undefined
          : wholeNumber(values['max-response-bytes'], '--max-response-bytes', 1, 2 ** 30),
    })
    try {
      await stdout.write(`${service.url}\n`)
      await untilAsked(signal)
    } finally {
      await service.close()
    }
    return EXIT.ok
  },
}
