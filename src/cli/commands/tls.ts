import { openBroker } from '../../client/index.ts'
import { parseHttpUrl } from '../../core/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords, wholeNumber } from '../options/values.ts'
import { printableJson } from '../printable.ts'
import { tlsSpec } from '../specs/tls.ts'
import { browserSide } from '../tls/browser-side.ts'
import { openHelloListener } from '../tls/hello-listener.ts'
import { httpSide } from '../tls/http-side.ts'
import { tlsReport, tlsText } from '../tls/report.ts'
import { UsageError } from '../usage-error.ts'

/** `onejar tls`. */
export const tlsCommand: Command = {
  spec: tlsSpec,
  async run(args, { stdout, messages }) {
    const { values, words } = parseCommand(args, tlsSpec, messages)
    const [word = ''] = takeWords(words, 'the URL')
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
