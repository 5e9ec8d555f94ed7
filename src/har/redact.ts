import type { HeaderPairs } from './traced-exchange.ts'

/** What stands for a value that is left out. */
const REDACTED = 'redacted'

/** Headers whose values say nothing of who asks, and nothing that lets anybody in. Everything else is redacted. */
const PLAIN = new Set([
  ...[
    'accept',
    'accept-encoding',
    'accept-language',
    'accept-ranges',
    'age',
    'allow',
    'alt-svc',
    'cache-control',
  ],
  ...[
    'connection',
    'content-encoding',
    'content-language',
    'content-length',
    'content-range',
    'content-type',
    'date',
  ],
  ...[
    'expires',
    'host',
    'keep-alive',
    'last-modified',
    'origin',
    'pragma',
    'priority',
    'range',
    'retry-after',
  ],
  ...[
    'sec-ch-ua',
    'sec-ch-ua-mobile',
    'sec-ch-ua-platform',
    'sec-fetch-dest',
    'sec-fetch-mode',
    'sec-fetch-site',
  ],
  ...[
    'sec-fetch-user',
    'server',
    'te',
    'transfer-encoding',
    'upgrade-insecure-requests',
    'user-agent',
    'vary',
    'via',
  ],
  ...['access-control-allow-origin', 'access-control-allow-credentials', 'strict-transport-security'],
  ...['x-content-type-options', 'x-frame-options', 'x-robots-tag'],
])
const URLS = new Set(['location', 'content-location', 'referer'])

/** Leaves out of a trace what could let somebody in. */
export interface Redactor {
  url(url: string): string
  headers(headers: HeaderPairs): HeaderPairs
  /** A cookie's value. */
  cookie(value: string): string
}

/** Leaves nothing out. */
export const KEEP_SECRETS: Redactor = {
  url: (url) => url.split('#', 1)[0] as string,
  headers: (headers) => headers,
  cookie: (value) => value,
}

/**
 * Keeps names and leaves values out: of cookies, of queries, and of each header that is not known to be harmless.
 *
 * @param shown - names of further headers, in lower case, whose values are kept
 */
export function redactor(shown: ReadonlySet<string> = new Set()): Redactor {
  return {
    url: redactedUrl,
    cookie: redacted,
    headers: (headers) =>
      headers.map(([name, value]) => {
        const lower = name.toLowerCase()
        if (lower === 'cookie') return [name, value.split(/; */).map(redactedPair).join('; ')]
        if (lower === 'set-cookie') return [name, value.split('\n').map(redactedLine).join('\n')]
        if (PLAIN.has(lower) || shown.has(lower)) return [name, value]
        return [name, URLS.has(lower) ? redactedReference(value) : redacted(value)]
      }),
  }
}

function redacted(value: string): string {
  return value === '' ? '' : `${REDACTED} (${value.length})`
}

function redactedPair(pair: string): string {
  const at = pair.indexOf('=')
  return at === -1 ? redacted(pair) : `${pair.slice(0, at)}=${redacted(pair.slice(at + 1))}`
}

/** Attributes say how long a cookie holds and where; those that nobody knows may say anything. */
function redactedLine(line: string): string {
  const [pair = '', ...attributes] = line.split(';')
  const known = attributes.filter((one) =>
    /^\s*(?:path|domain|expires|max-age|secure|httponly|samesite|partitioned|priority)\s*(?:=|$)/i.test(one),
  )
  return [redactedPair(pair), ...known].join(';')
}

/** Without credentials, fragment and the values of the query; parameters that have no value may be one. */
function redactedUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null) return 'about:blank'
  if (url.protocol !== 'http:' && url.protocol !== 'https:' && !/^wss?:$/.test(url.protocol)) {
    return `${url.protocol}${REDACTED}`
  }
  const names = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '')
    .map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=${REDACTED}` : REDACTED))
  const path = `${url.protocol}//${url.host}${url.pathname}`
  return names.length === 0 ? path : `${path}?${names.join('&')}`
}

/** The same for what may be relative. */
function redactedReference(text: string): string {
  if (URL.canParse(text)) return redactedUrl(text)
  const [path = '', query] = (text.split('#', 1)[0] as string).split('?', 2)
  return query === undefined ? path : `${path}?${REDACTED}`
}
