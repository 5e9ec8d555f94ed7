/** The flags of `onejar fetch`: curl's names where curl has one. */
export const FETCH_FLAGS = {
  header: { type: 'string', short: 'H', multiple: true },
  request: { type: 'string', short: 'X' },
  data: { type: 'string', short: 'd', multiple: true },
  'data-raw': { type: 'string', multiple: true },
  'data-binary': { type: 'string', multiple: true },
  json: { type: 'string', multiple: true },
  form: { type: 'string', short: 'F', multiple: true },
  get: { type: 'boolean', short: 'G' },
  user: { type: 'string', short: 'u' },
  referer: { type: 'string', short: 'e' },
  output: { type: 'string', short: 'o' },
  include: { type: 'boolean', short: 'i' },
  head: { type: 'boolean', short: 'I' },
  silent: { type: 'boolean', short: 's' },
  'show-error': { type: 'boolean', short: 'S' },
  location: { type: 'boolean', short: 'L' },
  'no-location': { type: 'boolean' },
  'max-time': { type: 'string', short: 'm' },
  insecure: { type: 'boolean', short: 'k' },
  proxy: { type: 'string', short: 'x' },
  'user-agent': { type: 'string', short: 'A' },
  cookie: { type: 'string', short: 'b', multiple: true },
  fail: { type: 'boolean', short: 'f' },
  compressed: { type: 'boolean' },
  'write-out': { type: 'string', short: 'w' },
  session: { type: 'string' },
  tenant: { type: 'string' },
  store: { type: 'string' },
  render: { type: 'boolean' },
  headed: { type: 'boolean' },
  'no-escalate': { type: 'boolean' },
  reveal: { type: 'boolean' },
  robots: { type: 'boolean' },
} as const

export type FetchFlags = {
  readonly [Name in keyof typeof FETCH_FLAGS]?:
    | ((typeof FETCH_FLAGS)[Name] extends { multiple: true }
        ? string[]
        : (typeof FETCH_FLAGS)[Name]['type'] extends 'string'
          ? string
          : boolean)
    | undefined
}

export const FETCH_HELP = `usage: onejar fetch [flags] URL

Fetches a URL: over HTTP where that works, and by way of the browser where the site demands one. The body goes to
stdout as it is; everything else to stderr. Redirects are followed. A URL without a scheme is taken as http.

request
  -H, --header LINE       "Name: value"; "Name;" for an empty one, "Name:" for none; @FILE for one a line. Repeatable
  -X, --request METHOD    default: GET, or POST with data
  -d, --data DATA         form data; @FILE or @- (stdin) without its line ends. Repeatable, joined by &
      --data-raw DATA     the same, and @ means nothing
      --data-binary DATA  the same, and a file is sent as it is
      --json DATA         JSON, with the headers that say so; @FILE, @-
  -F, --form PART         multipart: name=value, name=@FILE[;type=T][;filename=N], name=<FILE. Repeatable
  -G, --get               data goes into the query of a GET
  -u, --user NAME:PASS    basic credentials; they do not follow a redirect to another origin
  -e, --referer URL
  -b, --cookie COOKIES    "a=1; b=2" for this request; a FILE's cookies are put into the session: any form that
                          onejar import reads, the heads that curl -D writes among them; what is not taken is reported
  -A, --user-agent NAME   what the session shows, in both transports when the session is new
  -I, --head              HEAD, and show the headers
      --no-location       do not follow redirects (-L is accepted: it is the default)
      --robots            respect robots.txt and Crawl-delay, as the library does; default: as curl, for a request
                          that a person typed
  -m, --max-time SECONDS  for everything; default 60
  -k, --insecure          accept any certificate
  -x, --proxy URL         http, https or socks5; without a scheme it is http

session
      --session NAME      the session to use, kept in the store; default: one that is thrown away
      --tenant NAME       sessions of different tenants share nothing
      --store TARGET      a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME

browser
      --render            the document as it stands after its scripts ran
      --headed            with a window
      --no-escalate       never go to the browser; a challenge is then what is printed

output
  -o, --output FILE       instead of stdout
  -i, --include           the response's headers, too
  -f, --fail              no body, and exit code 22, when the status is 400 or above, or something stands in for
                          the page: a login page that it redirects to, a challenge
  -s, --silent            no messages; with -S, --show-error errors only
  -w, --write-out FORMAT  at the end; %{http_code} %{via} %{time_total} %{url_effective} %{content_type}
                          %{size_download}
  -v, --verbose           what happens and why, and the headers, on stderr; values of cookies, credentials and
                          queries are masked unless --reveal

examples
  onejar fetch https://shop.example/
  onejar fetch --session alice -d user=alice -d @password.txt https://shop.example/login
  onejar fetch --session alice -fsS -o orders.json https://shop.example/api/orders
  onejar fetch -v --render https://app.example/
`
