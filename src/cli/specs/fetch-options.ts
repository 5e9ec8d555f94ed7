import type { OptionTable } from '../options/option.ts'
import { STORE_OPTIONS } from './store-options.ts'

const REQUEST = {
  header: {
    short: 'H',
    value: 'LINE',
    multiple: true,
    sets: 'headers',
    help: '"Name: value"; "Name;" for an empty one, "Name:" for none; @FILE for one a line. Repeatable',
  },
  request: { short: 'X', value: 'METHOD', sets: 'method', help: 'default: GET, or POST with data' },
  data: {
    short: 'd',
    value: 'DATA',
    multiple: true,
    sets: 'body',
    help: 'form data; @FILE or @- (stdin) without its line ends. Repeatable, joined by &',
  },
  'data-raw': { value: 'DATA', multiple: true, help: 'the same, and @ means nothing' },
  'data-binary': { value: 'DATA', multiple: true, help: 'the same, and a file is sent as it is' },
  'data-ascii': { value: 'DATA', multiple: true, silent: true, help: 'the same as --data' },
  'data-urlencode': {
    value: 'DATA',
    multiple: true,
    help: 'the same, encoded: content, =content, name=content, @FILE or name@FILE',
  },
  json: {
    value: 'DATA',
    multiple: true,
    help: 'JSON, with the headers that say so; @FILE, @-. For JSON as the output see --as-json',
  },
  form: {
    short: 'F',
    value: 'PART',
    multiple: true,
    help: 'multipart: name=value, name=@FILE[;type=T][;filename=N], name=<FILE. Repeatable',
  },
  get: { short: 'G', help: 'data goes into the query of a GET' },
  'upload-file': {
    short: 'T',
    value: 'FILE',
    multiple: true,
    completes: 'file',
    help: 'PUT a file; - for stdin. A URL that ends in / gets its name',
  },
  range: { short: 'r', value: 'RANGE', help: 'a part of the body: 0-499, 500-, -500' },
  user: {
    short: 'u',
    value: 'NAME:PASS',
    help: 'basic credentials; they do not follow a redirect to another origin',
  },
  'oauth2-bearer': {
    value: 'TOKEN',
    help: 'a bearer token; it does not follow a redirect to another origin',
  },
  referer: { short: 'e', value: 'URL', help: 'the page that leads here' },
  cookie: {
    short: 'b',
    value: 'COOKIES',
    multiple: true,
    completes: 'file',
    help: `"a=1; b=2" for this request; a FILE's cookies are put into the session: any form that onejar import reads, the heads that curl -D writes among them; what is not taken is reported`,
  },
  'user-agent': {
    short: 'A',
    value: 'NAME',
    sets: 'identity.userAgent',
    help: 'what the session shows, in both transports when the session is new',
  },
  head: { short: 'I', help: 'HEAD, and show the headers' },
  url: { value: 'URL', multiple: true, help: 'a URL, as the words are' },
  config: {
    short: 'K',
    value: 'FILE',
    multiple: true,
    completes: 'file',
    help: 'further flags, one a line, as curl has them: name = "value"; - for stdin',
  },
} as const satisfies OptionTable

const CONNECTION = {
  location: { short: 'L', silent: true, help: 'follow redirects: it is the default' },
  'no-location': { sets: 'redirect', help: 'do not follow redirects (-L is accepted: it is the default)' },
  'max-redirs': {
    value: 'N',
    sets: 'maxRedirects',
    help: 'how many redirects are followed; -1 for any number; default: 20',
  },
  'max-time': {
    short: 'm',
    value: 'SECONDS',
    sets: 'timeoutMs',
    help: 'for everything, each URL for itself; default: 60',
  },
  'connect-timeout': {
    value: 'SECONDS',
    sets: 'connectTimeoutMs',
    help: 'until a connection stands; default: 10',
  },
  retry: {
    value: 'N',
    sets: 'retry',
    help: 'send again up to N times what fails for a while: 408, 429, 500, 502, 503, 504, a time that is over. After 1 s, 2 s, 4 s, ... or what Retry-After says. Default: up to twice, as the library does it',
  },
  'retry-delay': { value: 'SECONDS', help: 'the pause before each retry, in place of the growing one' },
  'retry-max-time': { value: 'SECONDS', help: 'no retry begins after this time' },
  'retry-connrefused': { help: 'a connection that is refused is retried, too' },
  'retry-all-errors': { help: 'every error is retried; with -f each status of 400 and above, too' },
  proxy: {
    short: 'x',
    value: 'URL',
    sets: 'proxy',
    help: 'http, https or socks5; without a scheme it is http',
  },
  resolve: {
    value: 'HOST:PORT:ADDR',
    multiple: true,
    help: 'the address of a host, as [+]HOST:PORT:ADDR[,ADDR]; in the browser, too. Repeatable',
  },
  cacert: {
    value: 'FILE',
    completes: 'file',
    sets: 'connect',
    help: 'trust the certificates of this PEM file alone; for HTTP, not for the browser',
  },
  insecure: { short: 'k', sets: 'ignoreHTTPSErrors', help: 'accept any certificate' },
  'limit-rate': { value: 'SPEED', help: 'bytes a second at most, of what comes: 5000, 100K, 2M' },
  robots: {
    sets: 'robots',
    help: 'respect robots.txt and Crawl-delay, as the library does; default: as curl, for a request that a person typed',
  },
  purpose: {
    value: 'PURPOSE',
    sets: 'purpose',
    help: 'what the content is fetched for: search, ai-train, ai-input, archive or text-mining. What the site forbids for that is refused; robots.txt is respected then',
  },
  compressed: { silent: true, help: 'ask for encodings: it is the default' },
  'no-buffer': { short: 'N', help: 'write what comes as it comes (accepted: it is the default)' },
  globoff: { short: 'g', silent: true, help: 'brackets of a URL mean nothing: it is the default' },
  http2: { silent: true, help: 'HTTP/2 where the site speaks it: it is the default' },
} as const satisfies OptionTable

const SESSION = {
  session: {
    value: 'NAME',
    completes: 'session',
    help: 'the session to use, kept in the store; default: one that is thrown away',
  },
  tenant: STORE_OPTIONS.tenant,
  store: STORE_OPTIONS.store,
  'cookie-jar': {
    short: 'c',
    value: 'FILE',
    completes: 'file',
    help: 'write the cookies there at the end, as curl does (cookies.txt); - for stdout',
  },
} as const satisfies OptionTable

const BROWSER = {
  render: { sets: 'render', help: 'the document as it stands after its scripts ran' },
  headed: { sets: 'browser.headless', help: 'with a window' },
  'no-escalate': {
    sets: 'escalate',
    help: 'plain HTTP, never the browser: what comes is printed, a challenge and a CAPTCHA page too',
  },
} as const satisfies OptionTable

const OUTPUT = {
  output: {
    short: 'o',
    value: 'FILE',
    multiple: true,
    completes: 'file',
    help: 'instead of stdout; of several, each for one URL, in order',
  },
  'remote-name': { short: 'O', multiple: true, help: 'to a file with the name that the URL has' },
  'remote-header-name': {
    short: 'J',
    help: 'with -O: the name that the response has for it (Content-Disposition); no file is overwritten',
  },
  'dump-header': {
    short: 'D',
    value: 'FILE',
    completes: 'file',
    help: 'write the heads of all responses there, redirects included; - for stdout',
  },
  include: { short: 'i', help: "the response's headers, too" },
  fail: {
    short: 'f',
    help: 'no body, and exit code 22, when the status is 400 or above, or something stands in for the page: a login page that it redirects to, a challenge',
  },
  'fail-with-body': { help: 'the same exit code, and the body' },
  silent: { short: 's', help: 'no messages; with -S, --show-error errors only' },
  'show-error': { short: 'S', silent: true, help: 'with -s: errors are shown' },
  'write-out': {
    short: 'w',
    value: 'FORMAT',
    help: 'at the end of each transfer: %{http_code}, %{json}, %{via} and the others (see docs/cli.md); @FILE',
  },
  'as-json': {
    help: 'for programs: a line of JSON for each URL, with status, url, via, verdict, headers and text or base64, or error',
  },
  report: {
    value: 'FILE',
    completes: 'file',
    help: 'write an HTML page that shows the run: the transport of each request and why, challenges with their evidence, solves, who wrote which cookie; without values, mode 0600',
  },
  har: {
    value: 'FILE',
    completes: 'file',
    help: 'write what was sent and what came, over HTTP and in the browser, as a HAR file; without bodies and the values of cookies, queries and headers, mode 0600',
  },
  parallel: { short: 'Z', help: 'all URLs at the same time' },
  'parallel-max': { value: 'N', help: 'how many at the same time; default: 50' },
  verbose: {
    short: 'v',
    help: 'what happens and why, and the headers, on stderr; values of cookies, credentials and queries are masked unless --reveal',
  },
  reveal: { help: 'with -v: show secret values, too' },
} as const satisfies OptionTable

type Headed<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] & { readonly group: string }
}

function under<const Table extends OptionTable>(group: string, table: Table): Headed<Table> {
  const rows = Object.entries(table).map(([name, option]) => [name, { ...option, group }])
  return Object.fromEntries(rows) as Headed<Table>
}

/** The flags of `onejar fetch` and `onejar curl`: curl's names where curl has one. */
export const FETCH_OPTIONS = {
  ...under('request', REQUEST),
  ...under('connection', CONNECTION),
  ...under('session', SESSION),
  ...under('browser', BROWSER),
  ...under('output', OUTPUT),
}
