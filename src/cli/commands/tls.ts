import { openBroker } from '../../client/index.ts'
import { parseHttpUrl } from '../../core/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseFlags, takeWords, wholeNumber } from '../parse-flags.ts'
import { printableJson } from '../printable.ts'
import { browserSide } from '../tls/browser-side.ts'
import { openHelloListener } from '../tls/hello-listener.ts'
import { httpSide } from '../tls/http-side.ts'
import { tlsReport, tlsText } from '../tls/report.ts'
import { UsageError } from '../usage-error.ts'

const HELP = `usage: onejar tls [flags] URL

Prints, side by side, how requests over HTTP and the browser of a session connect to a site: TLS version, cipher, ALPN,
JA3 and JA4, the certificate chain and its pin (as the option pins takes it), and what differs. Fingerprints are measured
against a port of this machine. Over HTTP nothing is sent; the browser loads the URL, in a session of its own that holds
nothing. Chromium shuffles its extensions: its JA3 is another one each time.

      --json           for programs; JA3 as the text that its MD5 is of
  -k, --insecure       load the page whatever its certificate is
      --timeout-ms MS  for each step; default: 30000

Exit code: 0, or 1 when the site could not be reached over HTTP.

examples
  onejar tls https://shop.example/
  onejar tls https://shop.example/ --json | jq -r '.http.chain[0].pin'
`

const FLAGS = {
  json: { type: 'boolean' },
  insecure: { type: 'boolean', short: 'k' },
  'timeout-ms': { type: 'string' },
} as const

/** `onejar tls`. */
export const tlsCommand: Command = {
  help: HELP,
  async run(args, { stdout, messages }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    const [word = ''] = takeWords(positionals, 'the URL')
    const url = parseHttpUrl(word.includes('://') ? word : `https://${word}`)
    if (url.protocol !== 'https:') throw new UsageError('the URL is not https, and has no TLS to look at')
    const timeoutMs = wholeNumber(values['timeout-ms'] ?? '30000', '--timeout-ms', 1, 2 ** 31 - 1)
    const listener = await openHelloListener()
    try {
      const http = await httpSide(url, listener, timeoutMs)
      await using broker = await openBroker({
        store: 'memory',
        ignoreHTTPSErrors: values.insecure === true,
        onWarning: () => {},
      })
      const browser = await browserSide(await broker.session('tls'), url, listener, timeoutMs)
      const report = tlsReport(url, http, browser)
      await stdout.write(values.json === true ? `${printableJson(report)}\n` : tlsText(report))
      return http.version === null ? EXIT.failed : EXIT.ok
    } finally {
      listener.close()
    }
  },
}
