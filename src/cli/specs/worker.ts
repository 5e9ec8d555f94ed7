import { defineCommand } from '../options/option.ts'
import { LOG_LEVELS } from './serve.ts'

export const workerSpec = defineCommand({
  name: 'worker',
  summary: 'solve challenges in a browser for other processes',
  usage: ['--queue URL [flags]'],
  about: [
    "Solves challenges for other processes: takes them from the queue, works on the session's record in the store, and leaves there what the site gave. Any number of workers can share a queue; a solve whose worker died is done by another. Logs JSON lines to stderr. Stops cleanly on SIGTERM and SIGINT: solves under way are finished first, or left to other workers when their time is over.",
  ],
  options: {
    queue: { value: 'URL', sets: 'queue', help: 'redis://HOST; the same as that of the clients' },
    store: {
      value: 'TARGET',
      completes: 'file',
      sets: 'store',
      help: "redis://HOST; default: the queue's. The keys (ONEJAR_KEYS) have to be the same, too",
    },
    concurrency: {
      value: 'N',
      sets: 'concurrency',
      help: 'solves at once, where memory has room for them; default: two for each processor',
    },
    'context-mb': {
      value: 'MB',
      sets: 'contextBytes',
      help: 'the memory that a context of these sites takes at most: no more solves at once than fit; default: 256',
    },
    'drain-ms': {
      value: 'MS',
      sets: 'drainMs',
      help: 'how long solves under way may take at SIGTERM; then other workers make them; default: 10000',
    },
    'lock-ms': {
      value: 'MS',
      sets: 'lockMs',
      help: 'how long the jobs of a worker that died are withheld from the others, or half as long again; default: 30000',
    },
    'health-port': {
      value: 'PORT',
      help: '/health and /metrics (Prometheus) on this port; 0 for a free one; default: none',
    },
    'health-host': { value: 'HOST', help: 'default: 127.0.0.1. Elsewhere a token is needed' },
    'token-file': {
      value: 'FILE',
      completes: 'file',
      help: 'the token that who fetches /metrics shows (Authorization: Bearer TOKEN); default: ONEJAR_TOKEN',
    },
    cdp: {
      value: 'URL',
      multiple: true,
      sets: 'cdpEndpoint',
      help: 'use the browser at this DevTools endpoint; workers and others may share it. Repeatable: sessions are spread over them, and go on in another one when theirs dies',
    },
    'allow-address': {
      value: 'A',
      multiple: true,
      sets: 'addresses',
      help: 'reach public addresses only, and A: a CIDR block or a host, with :PORT or without; public for nothing else. Repeatable; default: what whoever asks may reach, which holds in any case',
    },
    'log-level': {
      value: 'LEVEL',
      choices: LOG_LEVELS,
      help: 'debug, info, warn, error or silent; default: info',
    },
    json: { help: 'for programs: that it is ready, and where its health is, as JSON' },
  },
  examples: [
    'ONEJAR_KEYS="$(cat keys)" onejar worker --queue redis://localhost',
    'onejar worker --queue redis://localhost --concurrency 4 --health-port 9464',
  ],
})
