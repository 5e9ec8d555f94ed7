import { defineCommand } from '../options/option.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

export const serveSpec = defineCommand({
  name: 'serve',
  summary: 'serve sessions over HTTP',
  usage: ['[flags]'],
  about: [
    'Serves sessions over HTTP, JSON in and JSON out, as /openapi.json describes it: requests, pages, cookies, storage, files, events and more of a session; /health and /metrics (Prometheus). Logs JSON lines to stderr. Ends in good order at SIGTERM and SIGINT.',
  ],
  options: {
    host: { value: 'ADDRESS', help: 'where to listen; default: 127.0.0.1. Elsewhere a token is needed' },
    port: { value: 'PORT', help: 'default: 7411; 0 for a free one' },
    'token-file': {
      value: 'FILE',
      completes: 'file',
      help: 'the token that callers show (Authorization: Bearer TOKEN); default: ONEJAR_TOKEN',
    },
    'tenant-tokens': {
      value: 'FILE',
      completes: 'file',
      help: 'tokens that see one tenant each, as JSON: {"acme":"TOKEN"}; default: ONEJAR_TENANT_TOKENS',
    },
    store: {
      value: 'TARGET',
      completes: 'file',
      sets: 'store',
      help: 'a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME',
    },
    queue: {
      value: 'URL',
      sets: 'queue',
      help: 'redis://HOST where onejar worker processes take solves from; default: a browser here solves',
    },
    'max-response-bytes': {
      value: 'N',
      sets: 'maxResponseBytes',
      help: "what a site's body may have at most, decoded; default: 16777216, and a request may ask for up to 268435456 with maxResponseBytes; where the flag is given, no request gets more",
    },
    'allow-address': {
      value: 'A',
      multiple: true,
      sets: 'addresses',
      help: 'what may be reached beside public addresses: a CIDR block or a host, with :PORT or without (127.0.0.1/32:8080, 10.1.0.0/16, intranet.example); any for everything. Repeatable',
    },
    'allow-proxy': {
      value: 'HOST',
      multiple: true,
      help: 'a proxy that requests may name: a host, with :PORT or without, or *.DOMAIN; any for all. Repeatable; default: none, or all with --allow-address any',
    },
    'max-sessions': {
      value: 'N',
      sets: 'maxSessions',
      help: 'sessions that are open at once; the least recently used is released for another; default: 1000',
    },
    'idle-ms': {
      value: 'MS',
      sets: 'idleMs',
      help: 'a session that is unused for so long is released; default: 300000',
    },
    'by-hand': {
      help: 'requests that meet a CAPTCHA or a refusal wait for a person, to whom a link is given (POST /v1/sessions/ID/by-hand); default: they fail at once, and a link can be made afterwards',
    },
    'public-url': {
      value: 'URL',
      help: "where people's browsers reach the service, for links: https://onejar.example; default: where callers reach it",
    },
    'log-level': {
      value: 'LEVEL',
      choices: LOG_LEVELS,
      help: 'debug, info, warn, error or silent; default: info',
    },
    json: { help: 'for programs: where it listens, as JSON' },
  },
  notes: [
    'Addresses of this machine, its networks and its cloud are refused, redirects and what pages load included. Without a token only callers on this machine that are no web pages are let in.',
  ],
  examples: [
    'onejar serve',
    'ONEJAR_TOKEN="$(openssl rand -hex 24)" onejar serve --host 0.0.0.0 --store redis://localhost',
    `curl -s localhost:7411/v1/fetch --json '{"session":"alice","url":"https://shop.example/"}'`,
  ],
})
