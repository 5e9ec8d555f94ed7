import { defineCommand } from '../options/option.ts'
import { serveSpec } from './serve.ts'

const { store, queue, 'token-file': tokenFile, 'allow-address': allowAddress } = serveSpec.options

export const inspectSpec = defineCommand({
  name: 'inspect',
  summary: 'show sessions in a web browser: what happens, and why',
  usage: ['[flags]'],
  about: [
    'Opens a page on this machine that shows the sessions of the store: blocked origins with a way to unblock them, why each request took its transport, challenges with their evidence, cookies and storage with who wrote them and when (values only when they are asked for, which the audit trail keeps), workers and queue. The page asks for the token that is printed beside its address. Requests are shown of sessions that this service has open; the page of a running onejar serve is at /inspect. Ends at SIGTERM and SIGINT.',
  ],
  options: {
    port: { value: 'PORT', help: 'default: a free one' },
    'token-file': {
      ...tokenFile,
      help: 'the token that the page asks for; default: ONEJAR_TOKEN, or a random one',
    },
    store,
    queue,
    'allow-address': allowAddress,
    json: { help: 'for programs: the address and the token, as JSON' },
  },
  examples: ['onejar inspect', 'onejar inspect --store redis://localhost --queue redis://localhost'],
})
