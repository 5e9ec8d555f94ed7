import { defineCommand } from '../options/option.ts'

export const tlsSpec = defineCommand({
  name: 'tls',
  summary: 'compare how HTTP and the browser connect to a site',
  usage: ['[flags] URL'],
  about: [
    'Prints, side by side, how requests over HTTP and the browser of a session connect to a site: TLS version, cipher, ALPN, JA3 and JA4, the certificate chain and its pin (as the option pins takes it), and what differs. Fingerprints are measured against a port of this machine. Over HTTP nothing is sent; the browser loads the URL, in a session of its own that holds nothing. Chromium shuffles its extensions: its JA3 is another one each time.',
  ],
  options: {
    json: { help: 'for programs; JA3 as the text that its MD5 is of' },
    insecure: { short: 'k', sets: 'ignoreHTTPSErrors', help: 'load the page whatever its certificate is' },
    'timeout-ms': { value: 'MS', help: 'for each step; default: 30000' },
  },
  notes: ['Exit code: 0, or 1 when the site could not be reached over HTTP.'],
  examples: [
    'onejar tls https://shop.example/',
    "onejar tls https://shop.example/ --json | jq -r '.http.chain[0].pin'",
  ],
})
