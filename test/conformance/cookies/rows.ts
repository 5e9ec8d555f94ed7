import type { RequestContext } from '../../../src/record/cookie.ts'

/** One step of a row: lines that are set, a header that is asked for, or time that goes by. */
export type RowStep =
  | {
      readonly set: string
      readonly lines: readonly string[]
      readonly context?: RequestContext
      readonly date?: string
    }
  | { readonly get: string; readonly header: string; readonly context?: RequestContext }
  | { readonly wait: number }

/** One promise about cookies. Rows in which time goes by are not put to Chromium. */
export interface Row {
  readonly rule: string
  readonly says: string
  readonly steps: readonly RowStep[]
}

const HTTPS = 'https://www.shop.test/a/b'
const HTTP = 'http://www.shop.test/a/b'
const JS: RequestContext = { via: 'document.cookie' }

/** Rows that set at one URL and ask at the same one: what it says, the lines, the header. */
function at(
  url: string,
  rule: string,
  rows: readonly (readonly [string, string | string[], string])[],
): Row[] {
  return rows.map(([says, lines, header]) => ({
    rule,
    says,
    steps: [
      { set: url, lines: [lines].flat() },
      { get: url, header },
    ],
  }))
}

function row(rule: string, says: string, ...steps: RowStep[]): Row {
  return { rule, says, steps }
}

const set = (url: string, lines: string | string[], context?: RequestContext): RowStep =>
  context ? { set: url, lines: [lines].flat(), context } : { set: url, lines: [lines].flat() }
const get = (url: string, header: string, context?: RequestContext): RowStep =>
  context ? { get: url, header, context } : { get: url, header }
const many = (prefix: string, count: number, rest = '=v') =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}${rest}`)
const named = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}=v`).join('; ')

const parsing = at(HTTPS, 'taking a line apart', [
  ['a plain pair', 'a=b', 'a=b'],
  ['blanks around name and value fall away', ' \ta \t=\t b c \t', 'a=b c'],
  ['only the first equals sign parts name and value', 'a=b=c', 'a=b=c'],
  ['a value may be empty', 'a=', 'a='],
  ['quotes belong to the value', 'a="b c"', 'a="b c"'],
  ['a semicolon ends a value even inside quotes', 'a="b;c"', 'a="b'],
  ['a comma does not part cookies', 'a=b, c=d', 'a=b, c=d'],
  ['a line without an equals sign is a value without a name', 'token', 'token'],
  ['an equals sign in front makes a nameless cookie too', '=token', 'token'],
  ['there is one nameless cookie', ['one', '=two'], 'two'],
  ['a nameless value may not look like a pair', '=a=b', ''],
  ['neither name nor value: nothing is kept', ['k=1', '', ';', '=', ' = ; x'], 'k=1'],
  ['names keep their case', ['a=1', 'A=2'], 'a=1; A=2'],
  ['percent signs are let be', '%61=%62', '%61=%62'],
  ['bytes above ASCII pass through', '\xc3\xa9=\xff', '\xc3\xa9=\xff'],
  ['DEL is a control character', 'a=b\x7f', ''],
  ['a control character refuses the line', 'a=b\x01', ''],
  ['so it does in an attribute nobody knows', 'a=b; x=\x1f', ''],
  ['a tab inside a value refuses the line', 'a=b\tc', ''],
  ['a tab inside a name refuses the line', 'a\tb=c', ''],
  ['a tab inside an attribute refuses the line', 'a=b; x=y\tz', ''],
  ['a tab around an attribute is a blank', 'a=b;\tPath\t=\t/\t', 'a=b'],
  ['attributes are known in any case', ['a=b; PATH=/', 'a=; pATh=/; MAX-age=0'], ''],
  ['unknown attributes are passed over', 'a=b; Foo; Bar=1; =; ==;;', 'a=b'],
  ['Secure has no value that would take it back', 'a=b; Secure=false', 'a=b'],
])

const KB4 = 'x'.repeat(4095)
const KB1 = 'x'.repeat(1024)
const sizes = at(HTTPS, 'sizes', [
  ['4,096 bytes of name and value are kept', `a=${KB4}`, `a=${KB4}`],
  ['one more is too much', `ab=${KB4}`, ''],
  ['a nameless one has the same limit', `=${KB4}x`, `${KB4}x`],
  ['and the same end', `=${KB4}xx`, ''],
  ['a Domain of more than 1,024 bytes is passed over', `a=b; Domain=${KB1}x`, 'a=b'],
  ['one of 1,024 bytes is not', `a=b; Domain=${KB1}`, ''],
  ['a Path that is too long leaves the one before it', `a=b; Path=/; Path=/${KB1}`, 'a=b'],
  ['a Max-Age that is too long leaves the one before it', `a=b; Max-Age=0; Max-Age=${KB1}1`, ''],
  ['a Secure with too long a value is no Secure', `a=b; SameSite=None; Secure=${KB1}x`, ''],
])

const PAST = 'Thu, 01 Jan 2015 00:00:00 GMT'
const dates: readonly (readonly [string, string, boolean])[] = [
  ['the usual form', PAST, true],
  ['with dashes and two digits', 'Thu, 01-Jan-15 00:00:00 GMT', true],
  ['as C prints it', 'Thu Jan  1 00:00:00 2015', true],
  ['any order of the fields', '00:00:00 2015x 1 Jan 2015', true],
  ['a whole month name', '1 January 2015 00:00:00', true],
  ['any case', '1 jAN 2015 00:00:00', true],
  ['one digit each', '1 Jan 2015 1:2:3', true],
  ['zeros before the hour', '1 Jan 2015 0001:02:03', true],
  ['a zone is not read', '1 Jan 2015 00:00:00 +0900', true],
  ['quotes and backslashes part fields', '"1\\Jan\\2015\\00:00:00"', true],
  ['year 70 is 1970', '1 Jan 70 00:00:00', true],
  ['year 69 is 2069', '1 Jan 69 00:00:00', false],
  ['a year of three digits', '1 Jan 100 00:00:00', true],
  ['a year of five digits', '1 Jan 99999 00:00:00', false],
  ['no date without seconds', '1 Jan 2015 00:00', false],
  ['no date without a month', '1 2015 00:00:00', false],
  ['no date without a year', '1 Jan 00:00:00', false],
  ['no date with a 30 February', '30 Feb 2015 00:00:00', false],
  ['no date with a 29 February out of turn', '29 Feb 2015 00:00:00', false],
  ['a 29 February in its turn', '29 Feb 2012 00:00:00', true],
  ['no date with hour 24', '1 Jan 2015 24:00:00', false],
  ['no date with a leap second', '30 Jun 2015 23:59:60', false],
  ['no date with a day of three digits', '001 Jan 2015 00:00:00', false],
  ['no time with letters on it', '1 Jan 2015 00:00:00Z', false],
  ['a time without letters later on counts', '1 Jan 2015 00:00:00Z 00:00:00', true],
  ['no time of four fields', '1 Jan 2015 00:00:00:00', false],
  ['no ISO date', '2015-01-01T00:00:00Z', false],
]
const dateRows = dates.flatMap(([says, text, past]) =>
  at(HTTPS, 'dates', [[says, ['k=1', `k=2; Expires=${text}`], past ? '' : 'k=2']]),
)

const ages: readonly (readonly [string, string, boolean])[] = [
  ['zero ends it', '0', true],
  ['less than zero ends it', '-1', true],
  ['a plus sign is let be', '+0', true],
  ['minus zero ends it', '-0', true],
  ['leading zeros', '-007', true],
  ['no number is passed over', 'abc', false],
  ['a fraction is no number', '0.0', false],
  ['letters after it make it no number', '0s', false],
  ['quotes make it no number', '"0"', false],
  ['two signs make it no number', '--1', false],
  ['nothing is no number', '', false],
  ['far below zero ends it', '-99999999999999999999', true],
  ['too large for 64 bits, with letters after it', '-99999999999999999999x', true],
  ['endless is 400 days', '99999999999999999999', false],
]
const ageRows = ages.flatMap(([says, text, ends]) =>
  at(HTTPS, 'Max-Age', [[says, ['k=1', `k=2; Max-Age=${text}`], ends ? '' : 'k=2']]),
)

const lifetime: Row[] = [
  ...at(HTTPS, 'lifetime', [
    ['Max-Age wins over Expires', `k=1; Max-Age=60; Expires=${PAST}`, 'k=1'],
    ['an unreadable Max-Age leaves Expires', `k=1; Max-Age=x; Expires=${PAST}`, ''],
    ['an unreadable Expires makes a session cookie', 'k=1; Expires=soon', 'k=1'],
    ['the last Max-Age counts', 'k=1; Max-Age=0; Max-Age=60', 'k=1'],
    ['the last Expires counts', `k=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Expires=${PAST}`, ''],
    ['a deletion takes only its own path', ['k=1; Path=/', 'k=2', 'k=; Max-Age=0'], 'k=1'],
    ['a deletion takes only its own domain', ['k=1', 'k=; Domain=shop.test; Max-Age=0'], 'k=1'],
  ]),
  row(
    'lifetime',
    'Expires is put right by the Date header',
    {
      set: HTTPS,
      lines: ['k=1; Expires=Fri, 02 Jan 2015 00:00:00 GMT', 'l=1; Expires=Wed, 31 Dec 2014 00:00:00 GMT'],
      date: PAST,
    },
    get(HTTPS, 'k=1'),
  ),
  ...[
    ['in its older form', 'Thursday, 01-Jan-15 00:00:00 GMT', 'k=1'],
    ['as C prints it', 'Thu Jan  1 00:00:00 2015', 'k=1'],
    ['with its zone', 'Thu, 01 Jan 2015 09:00:00 +0900', 'k=1'],
    ['which may be behind', 'Wed, 31 Dec 2014 16:00:00 PST', 'k=1'],
    ['in the form of ISO 8601', '2015-01-01T00:00:00Z', 'k=1'],
    ['with its fields in another order', '00:00:00 1 Jan 2015', 'k=1'],
    ['and not where it cannot be read', 'yesterday', ''],
  ].map(([says, date, header]) =>
    row(
      'lifetime',
      `the Date header counts ${says}`,
      { set: HTTPS, lines: ['k=1; Expires=Thu, 01 Jan 2015 12:00:00 GMT'], date: date! },
      get(HTTPS, header!),
    ),
  ),
  row(
    'lifetime',
    'it ends when its time is over',
    set(HTTPS, 'k=1; Max-Age=10'),
    { wait: 9_999 },
    get(HTTPS, 'k=1'),
    { wait: 1 },
    get(HTTPS, ''),
  ),
  row(
    'lifetime',
    'nothing lives longer than 400 days',
    set(HTTPS, 'k=1; Max-Age=99999999'),
    { wait: 400 * 86_400_000 - 1 },
    get(HTTPS, 'k=1'),
    { wait: 1 },
    get(HTTPS, ''),
  ),
  row(
    'lifetime',
    'a session cookie does not end by itself',
    set(HTTPS, 'k=1'),
    { wait: 900 * 86_400_000 },
    get(HTTPS, 'k=1'),
  ),
]

const domains: Row[] = [
  ...at(HTTP, 'domains', [
    ['its own name', 'k=1; Domain=www.shop.test', 'k=1'],
    ['a leading dot is let fall', 'k=1; Domain=.shop.test', 'k=1'],
    ['any case', 'k=1; Domain=SHOP.Test', 'k=1'],
    ['two dots are not', 'k=1; Domain=..shop.test', ''],
    ['a dot behind is another name', 'k=1; Domain=shop.test.', ''],
    ['a name below its own is refused', 'k=1; Domain=x.www.shop.test', ''],
    ['a name beside it is refused', 'k=1; Domain=other.test', ''],
    ['an end of a label is no parent', 'k=1; Domain=hop.test', ''],
    ['a public suffix is refused', 'k=1; Domain=test', ''],
    ['a port is refused', 'k=1; Domain=shop.test:80', ''],
    ['a percent sign is refused', 'k=1; Domain=sho%70.test', ''],
    ['an empty one is none', 'k=1; Domain=', 'k=1'],
    ['the last one counts', 'k=1; Domain=other.test; Domain=shop.test', 'k=1'],
    ['the last one counts, even when empty', 'k=1; Domain=other.test; Domain=', 'k=1'],
    ['a dot alone is refused', 'k=1; Domain=.', ''],
  ]),
  row(
    'domains',
    'without Domain no subdomain gets it',
    set('http://shop.test/', 'k=1'),
    get('http://www.shop.test/', ''),
    get('http://shop.test/', 'k=1'),
  ),
  row(
    'domains',
    'with Domain all of them do',
    set('http://www.shop.test/', 'k=1; Domain=shop.test'),
    get('http://a.b.shop.test/', 'k=1'),
    get('http://shop.test/', 'k=1'),
    get('http://xshop.test/', ''),
  ),
  row(
    'domains',
    'host-only and domain cookies live side by side',
    set('http://shop.test/', ['k=1', 'k=2; Domain=shop.test']),
    get('http://shop.test/', 'k=1; k=2'),
    get('http://a.shop.test/', 'k=2'),
  ),
  row(
    'domains',
    'the dot makes no second cookie',
    set('http://shop.test/', ['k=1; Domain=.shop.test', 'k=2; Domain=shop.test']),
    get('http://shop.test/', 'k=2'),
  ),
  row(
    'domains',
    'ports do not matter',
    set('http://shop.test:8080/', 'k=1'),
    get('http://shop.test:9090/', 'k=1'),
  ),
  row(
    'domains',
    'a trailing dot is a host of its own',
    set('http://shop.test./', 'k=1; Domain=shop.test.'),
    get('http://shop.test./', 'k=1'),
    get('http://shop.test/', ''),
  ),
  row(
    'domains',
    'letters beyond ASCII are one with their xn-- form',
    set('http://www.b\u00fccher.test/', ['a=1; Domain=xn--bcher-kva.test', 'b=1; Domain=b\xc3\xbccher.test']),
    get('http://xn--bcher-kva.test/', 'a=1; b=1'),
  ),
  row(
    'domains',
    'bytes that are no UTF-8 are refused',
    set('http://www.b\u00fccher.test/', 'b=1; Domain=b\xfccher.test'),
    get('http://www.b\u00fccher.test/', ''),
  ),
  ...at('http://127.0.0.1/', 'domains', [
    ['an address may name itself', 'k=1; Domain=127.0.0.1', 'k=1'],
    ['with a dot in front, too', 'k=1; Domain=.127.0.0.1', 'k=1'],
    ['no part of an address is its parent', 'k=1; Domain=0.0.1', ''],
  ]),
  ...at('http://[::1]/', 'domains', [['a v6 address may name itself', 'k=1; Domain=[::1]', 'k=1']]),
]

const suffixes: Row[] = [
  ...at('http://www.example.co.uk/', 'public suffixes', [
    ['a registrable domain may be named', 'k=1; Domain=example.co.uk', 'k=1'],
    ['its suffix may not', 'k=1; Domain=co.uk', ''],
  ]),
  ...at('http://alice.github.io/', 'public suffixes', [
    ['a private suffix counts', 'k=1; Domain=github.io', ''],
  ]),
  ...at('http://www.city.kobe.jp/', 'public suffixes', [
    ['an exception of the list', 'k=1; Domain=city.kobe.jp', 'k=1'],
  ]),
  ...at('http://a.b.c.kobe.jp/', 'public suffixes', [
    ['a wildcard of the list', ['k=1; Domain=c.kobe.jp', 'l=1; Domain=b.c.kobe.jp'], 'l=1'],
  ]),
  row(
    'public suffixes',
    'a host that is a suffix may name itself, for itself alone',
    set('http://co.uk/', ['a=1', 'b=1; Domain=co.uk', 'c=1; Domain=uk']),
    get('http://co.uk/', 'a=1; b=1'),
    get('http://x.co.uk/', ''),
  ),
  row(
    'public suffixes',
    'so may a host of one label',
    set('http://intranet/', ['a=1', 'b=1; Domain=.intranet']),
    get('http://intranet/', 'a=1; b=1'),
    get('http://x.intranet/', ''),
  ),
]

const paths: Row[] = [
  row(
    'paths',
    'the directory of the request is the default',
    set('http://shop.test/a/b?c/d', 'k=1'),
    get('http://shop.test/a', 'k=1'),
    get('http://shop.test/a/x', 'k=1'),
    get('http://shop.test/', ''),
    get('http://shop.test/ab', ''),
  ),
  row(
    'paths',
    'a slash at the end belongs to the directory',
    set('http://shop.test/a/b/', 'k=1'),
    get('http://shop.test/a/b', 'k=1'),
    get('http://shop.test/a/', ''),
  ),
  row(
    'paths',
    'one segment has the root',
    set('http://shop.test/a', 'k=1'),
    get('http://shop.test/z', 'k=1'),
  ),
  row(
    'paths',
    'a Path that does not begin with a slash is none',
    set('http://shop.test/a/b', ['k=1; Path=x', 'l=1; Path="/"', 'm=1; Path=']),
    get('http://shop.test/a/', 'k=1; l=1; m=1'),
    get('http://shop.test/x', ''),
  ),
  row(
    'paths',
    'a path above or beside is allowed',
    set('http://shop.test/a/b', ['k=1; Path=/', 'l=1; Path=/z']),
    get('http://shop.test/z/1', 'l=1; k=1'),
  ),
  row(
    'paths',
    'a path takes in what is below it',
    set('http://shop.test/', 'k=1; Path=/a'),
    get('http://shop.test/a', 'k=1'),
    get('http://shop.test/a/', 'k=1'),
    get('http://shop.test/a/b', 'k=1'),
    get('http://shop.test/a?b', 'k=1'),
    get('http://shop.test/ab', ''),
    get('http://shop.test/A', ''),
  ),
  row(
    'paths',
    'a slash at its end asks for one',
    set('http://shop.test/', 'k=1; Path=/a/'),
    get('http://shop.test/a/', 'k=1'),
    get('http://shop.test/a', ''),
  ),
  row(
    'paths',
    'nothing is decoded',
    set('http://shop.test/', ['k=1; Path=/a%62', 'l=1; Path=/ab']),
    get('http://shop.test/a%62', 'k=1'),
    get('http://shop.test/ab', 'l=1'),
  ),
  row(
    'paths',
    'nothing is encoded',
    set('http://shop.test/', 'k=1; Path=/\xc3\xa9'),
    get('http://shop.test/%C3%A9', ''),
  ),
  row(
    'paths',
    'the last Path counts',
    set('http://shop.test/', ['k=1; Path=/a; Path=/b']),
    get('http://shop.test/a', ''),
    get('http://shop.test/b', 'k=1'),
  ),
  row(
    'paths',
    'a query and a fragment in Path belong to it',
    set('http://shop.test/', 'k=1; Path=/a?b'),
    get('http://shop.test/a?b', ''),
  ),
]

const order: Row[] = [
  row(
    'order',
    'longer paths first',
    set('http://shop.test/', ['a=1', 'b=1; Path=/x/y', 'c=1; Path=/x']),
    get('http://shop.test/x/y', 'b=1; c=1; a=1'),
  ),
  row(
    'order',
    'then older first',
    set('http://shop.test/', ['b=1', 'a=1', 'c=1']),
    get('http://shop.test/', 'b=1; a=1; c=1'),
  ),
  row(
    'order',
    'a new value makes a cookie young',
    set('http://shop.test/', ['a=1', 'b=1', 'a=2']),
    get('http://shop.test/', 'b=1; a=2'),
  ),
  row(
    'order',
    'the same value again does not',
    set('http://shop.test/', ['a=1', 'b=1', 'a=1; Max-Age=60']),
    get('http://shop.test/', 'a=1; b=1'),
  ),
  row(
    'order',
    'deleted and set again, it is young',
    set('http://shop.test/', ['a=1', 'b=1', 'a=; Max-Age=0', 'a=1']),
    get('http://shop.test/', 'b=1; a=1'),
  ),
  row(
    'order',
    'domains do not matter',
    set('http://www.shop.test/', ['a=1; Domain=shop.test', 'b=1', 'c=1; Domain=shop.test']),
    get('http://www.shop.test/', 'a=1; b=1; c=1'),
  ),
]

const secure: Row[] = [
  ...at(HTTP, 'Secure', [['it cannot be set in clear', ['k=1; Secure', 'l=1'], 'l=1']]),
  row(
    'Secure',
    'it is not sent in clear',
    set(HTTPS, ['k=1; Secure', 'l=1']),
    get(HTTP, 'l=1'),
    get(HTTPS, 'k=1; l=1'),
  ),
  row(
    'Secure',
    'clear does not overwrite it',
    set(HTTPS, 'k=1; Secure'),
    set(HTTP, 'k=2'),
    get(HTTPS, 'k=1'),
  ),
  row(
    'Secure',
    'clear does not delete it',
    set(HTTPS, 'k=1; Secure'),
    set(HTTP, 'k=; Max-Age=0'),
    get(HTTPS, 'k=1'),
  ),
  row(
    'Secure',
    'clear does not shadow it from below its path',
    set(HTTPS, 'k=1; Secure; Path=/a'),
    set(HTTP, 'k=2; Path=/a/b'),
    get(HTTPS, 'k=1'),
  ),
  row(
    'Secure',
    'clear may set one above its path',
    set(HTTPS, 'k=1; Secure; Path=/a'),
    set(HTTP, 'k=2; Path=/'),
    get(HTTPS, 'k=1; k=2'),
  ),
  row(
    'Secure',
    'clear does not shadow it from a parent domain',
    set(HTTPS, 'k=1; Secure; Path=/'),
    set(HTTP, 'k=2; Domain=shop.test; Path=/'),
    get(HTTPS, 'k=1'),
  ),
  row(
    'Secure',
    'clear does not shadow it from a subdomain',
    set('https://shop.test/', 'k=1; Secure'),
    set('http://x.shop.test/', 'k=2'),
    get('http://x.shop.test/', ''),
  ),
  row(
    'Secure',
    'a sibling is no relation',
    set('https://y.shop.test/', 'k=1; Secure'),
    set('http://x.shop.test/', 'k=2'),
    get('http://x.shop.test/', 'k=2'),
  ),
  row('Secure', 'TLS takes it back', set(HTTPS, ['k=1; Secure', 'k=2']), get(HTTP, 'k=2')),
  ...at('http://localhost/', 'Secure', [
    ['this machine is trusted in clear', ['k=1; Secure', '__Host-k=1; Secure; Path=/'], 'k=1; __Host-k=1'],
  ]),
  ...at('http://app.localhost/', 'Secure', [['so is what is below localhost', 'k=1; Secure', 'k=1']]),
  ...at('http://127.0.0.2/', 'Secure', [['so is a loopback address', 'k=1; Secure', 'k=1']]),
  row(
    'Secure',
    'a script in clear on this machine may set one, and its source stays what it is',
    set('http://localhost/', 'k=1; Secure', JS),
    set('http://localhost:8080/', 'l=1; Secure', JS),
    get('http://localhost/', 'k=1; l=1'),
  ),
  row(
    'Secure',
    'a response in clear on this machine counts as from TLS, on its port',
    set('http://localhost/', 'k=1; Secure'),
    set('http://localhost:8080/', 'l=1; Secure'),
    get('http://localhost/', 'k=1; l=1'),
  ),
  ...at('http://10.0.0.1/', 'Secure', [['another private address is not', 'k=1; Secure', '']]),
]

const httpOnly: Row[] = [
  row(
    'HttpOnly',
    'scripts do not see it, servers do',
    set(HTTPS, ['k=1; HttpOnly', 'l=1']),
    get(HTTPS, 'l=1', JS),
    get(HTTPS, 'k=1; l=1'),
  ),
  row('HttpOnly', 'scripts cannot set it', set(HTTPS, ['k=1; HttpOnly', 'l=1'], JS), get(HTTPS, 'l=1')),
  row(
    'HttpOnly',
    'scripts cannot overwrite it',
    set(HTTPS, 'k=1; HttpOnly'),
    set(HTTPS, 'k=2', JS),
    get(HTTPS, 'k=1'),
  ),
  row(
    'HttpOnly',
    'scripts cannot delete it',
    set(HTTPS, 'k=1; HttpOnly'),
    set(HTTPS, 'k=; Max-Age=0', JS),
    get(HTTPS, 'k=1'),
  ),
  row('HttpOnly', 'a server can take it back', set(HTTPS, ['k=1; HttpOnly', 'k=2']), get(HTTPS, 'k=2', JS)),
  row(
    'HttpOnly',
    'scripts may shadow it',
    set(HTTPS, 'k=1; HttpOnly; Path=/'),
    set(HTTPS, 'k=2; Path=/a', JS),
    get(HTTPS, 'k=2; k=1'),
  ),
  row(
    'HttpOnly',
    'scripts write UTF-8',
    set(HTTPS, 'k=\u00e9\u6625', JS),
    get(HTTPS, 'k=\xc3\xa9\xe6\x98\xa5'),
  ),
  row('HttpOnly', 'a line feed from a script refuses the cookie', set(HTTPS, 'k=1\n2', JS), get(HTTPS, '')),
]

const prefixes: Row[] = [
  ...at('https://www.shop.test/', 'prefixes', [
    ['__Secure- asks for Secure', ['__Secure-a=1', '__Secure-b=1; Secure'], '__Secure-b=1'],
    ['__Secure- may have a domain', '__Secure-a=1; Secure; Domain=shop.test', '__Secure-a=1'],
    ['__Host- asks for Secure', '__Host-a=1; Path=/', ''],
    ['__Host- asks for Path=/ spelt out', '__Host-a=1; Secure', ''],
    ['__Host- has no other path', '__Host-a=1; Secure; Path=/a', ''],
    ['__Host- has no domain', '__Host-a=1; Secure; Path=/; Domain=www.shop.test', ''],
    ['an empty domain is none', '__Host-a=1; Secure; Path=/; Domain=', '__Host-a=1'],
    ['__Host- as it should be', '__Host-a=1; Secure; Path=/', '__Host-a=1'],
    ['__Http- asks for HttpOnly', ['__Http-a=1; Secure', '__Http-b=1; Secure; HttpOnly'], '__Http-b=1'],
    ['__Http- asks for Secure', '__Http-a=1; HttpOnly', ''],
    [
      '__Host-Http- asks for both',
      ['__Host-Http-a=1; Secure; Path=/', '__Host-Http-b=1; Secure; Path=/; HttpOnly'],
      '__Host-Http-b=1',
    ],
    ['__Host-Http- asks for Path=/', '__Host-Http-a=1; Secure; HttpOnly', ''],
    ['case does not matter', ['__sEcUrE-a=1', '__hOsT-a=1; Secure', '__hTTP-a=1; Secure'], ''],
    ['one underscore is no prefix', '_Host-a=1', '_Host-a=1'],
    ['without its dash it is no prefix', '__Hosta=1', '__Hosta=1'],
    ['a nameless value may not pass for one', ['=__Host-a', '__Secure-', '=__http-x', '= __Host-Http-a'], ''],
  ]),
  ...at(HTTP, 'prefixes', [
    ['none of them in clear', ['__Secure-a=1; Secure', '__Host-a=1; Secure; Path=/'], ''],
  ]),
  row(
    'prefixes',
    'a script cannot set __Http-',
    set('https://www.shop.test/', '__Http-a=1; Secure; HttpOnly', JS),
    get('https://www.shop.test/', ''),
  ),
]

const SHOP = 'https://www.shop.test'
const SISTER = 'https://pay.shop.test/p'
const OTHER = 'https://other.test/p'
const CLEAR = 'http://www.shop.test/p'
const KINDS = ['st=1; SameSite=Strict', 'la=1; SameSite=Lax', 'no=1; SameSite=None; Secure', 'un=1']
const EVERY = 'st=1; la=1; no=1; un=1'
const sent: readonly (readonly [string, RequestContext, string])[] = [
  ['a typed-in address', {}, EVERY],
  ['a link of the same site', { kind: 'link', initiator: SISTER }, EVERY],
  ['a link of another site', { kind: 'link', initiator: OTHER }, 'la=1; no=1; un=1'],
  ['a link of the same host in clear', { kind: 'link', initiator: CLEAR }, 'la=1; no=1; un=1'],
  ['a window that another site opens', { kind: 'window-open', initiator: OTHER }, 'la=1; no=1; un=1'],
  ['a form of the same site', { kind: 'form', method: 'POST', initiator: SISTER }, EVERY],
  [
    'a form of another site, within two minutes',
    { kind: 'form', method: 'POST', initiator: OTHER },
    'no=1; un=1',
  ],
  ['a fetch of the same site', { kind: 'fetch', initiator: SISTER }, EVERY],
  ['a fetch of another site', { kind: 'fetch', initiator: OTHER }, ''],
  ['an image of the same site', { kind: 'img', initiator: SISTER }, EVERY],
  ['an image of another site', { kind: 'img', initiator: OTHER }, ''],
  ['a frame of the same site', { kind: 'iframe', initiator: SISTER }, EVERY],
  ['a frame of another site', { kind: 'iframe', initiator: OTHER }, ''],
  ['a frame in a page of the same host in clear', { kind: 'iframe', initiator: CLEAR }, ''],
  [
    'a frame of its own in a page of another site',
    { kind: 'fetch', topLevelUrl: OTHER, initiator: SISTER },
    '',
  ],
  [
    'a frame of another site in a page of its own',
    { kind: 'fetch', topLevelUrl: SISTER, initiator: OTHER },
    '',
  ],
]
const sameSite: Row[] = [
  ...sent.map(([says, context, header]) =>
    row('SameSite, sent', says, set(`${SHOP}/`, KINDS), get(`${SHOP}/r`, header, context)),
  ),
  row(
    'SameSite, sent',
    'an unspecified one is Lax after two minutes',
    set(`${SHOP}/`, KINDS),
    { wait: 120_000 },
    get(`${SHOP}/r`, 'no=1; un=1', { kind: 'form', method: 'POST', initiator: OTHER }),
    { wait: 1 },
    get(`${SHOP}/r`, 'no=1', { kind: 'form', method: 'POST', initiator: OTHER }),
    get(`${SHOP}/r`, 'la=1; no=1; un=1', { kind: 'link', initiator: OTHER }),
  ),
  row(
    'SameSite, sent',
    'the same value again does not make it new',
    set(`${SHOP}/`, 'un=1'),
    { wait: 100_000 },
    set(`${SHOP}/`, 'un=1; Max-Age=9999'),
    { wait: 30_000 },
    get(`${SHOP}/r`, '', { kind: 'form', method: 'POST', initiator: OTHER }),
  ),
  ...sent.map(([says, context, header]) => {
    const topLevel = !['fetch', 'img', 'iframe'].includes(context.kind ?? 'navigate')
    return row(
      'SameSite, set',
      says,
      set(`${SHOP}/r`, KINDS, context),
      get(`${SHOP}/`, topLevel ? EVERY : header),
    )
  }),
  ...at(HTTPS, 'SameSite, read', [
    ['None asks for Secure', ['a=1; SameSite=None', 'b=1; SameSite=None; Secure'], 'b=1'],
    ['an unknown value is unspecified', 'a=1; SameSite=Whatever', 'a=1'],
    ['the last one counts', 'a=1; SameSite=None; SameSite=Lax', 'a=1'],
    ['the last one counts, even when unknown', 'a=1; SameSite=None; SameSite=x', 'a=1'],
    ['any case', ['a=1; SameSite=nONE'], ''],
  ]),
]

const CHIP = 'p=1; Secure; SameSite=None; Partitioned; Path=/'
const IN_OTHER: RequestContext = { kind: 'fetch', initiator: OTHER }
const partitions: Row[] = [
  row(
    'partitions',
    'it is kept for the site it was set under',
    set(`${SHOP}/`, CHIP, IN_OTHER),
    get(`${SHOP}/`, 'p=1', IN_OTHER),
    get(`${SHOP}/`, ''),
    get(`${SHOP}/`, '', { kind: 'fetch', initiator: 'https://third.test/p' }),
  ),
  row(
    'partitions',
    'its own site is a partition too',
    set(`${SHOP}/`, CHIP),
    get(`${SHOP}/`, 'p=1'),
    get(`${SHOP}/`, 'p=1', { kind: 'fetch', initiator: SISTER }),
    get(`${SHOP}/`, '', IN_OTHER),
  ),
  row(
    'partitions',
    'a frame of another site between makes another one',
    set(`${SHOP}/`, CHIP),
    get(`${SHOP}/`, '', { kind: 'fetch', topLevelUrl: SISTER, initiator: OTHER }),
  ),
  row('partitions', 'it asks for Secure', set(`${SHOP}/`, 'p=1; Partitioned; Path=/'), get(`${SHOP}/`, '')),
  row('partitions', 'not in clear', set(HTTP, 'p=1; Secure; Partitioned'), get(HTTP, '')),
  row(
    'partitions',
    'it lives beside one without a partition',
    set(`${SHOP}/`, ['p=0; Secure', CHIP]),
    get(`${SHOP}/`, 'p=0; p=1'),
  ),
  row(
    'partitions',
    'a deletion takes only its own',
    set(`${SHOP}/`, ['p=0', CHIP, 'p=; Max-Age=0']),
    get(`${SHOP}/`, 'p=1'),
  ),
  row(
    'partitions',
    'SameSite holds in it',
    set(`${SHOP}/`, 'p=1; Secure; Partitioned; SameSite=Lax', IN_OTHER),
    get(`${SHOP}/`, '', IN_OTHER),
  ),
  row(
    'partitions',
    '180 of a site fit in one',
    set(`${SHOP}/`, many('p', 182, '=v; Secure; Partitioned')),
    get(`${SHOP}/`, named('p', 2, 182)),
  ),
  row(
    'partitions',
    '10 KiB of a site fit in one',
    set(
      `${SHOP}/`,
      ['a', 'b', 'c'].map((name) => `${name}=${KB4}; Secure; Partitioned`),
    ),
    get(`${SHOP}/`, `b=${KB4}; c=${KB4}`),
  ),
]

const eviction: Row[] = [
  row(
    'eviction',
    '180 cookies of a site are kept',
    set(`${SHOP}/`, many('k', 180)),
    get(`${SHOP}/`, named('k', 0, 180)),
  ),
  row(
    'eviction',
    'one more leaves the 150 youngest',
    set(`${SHOP}/`, many('k', 181)),
    get(`${SHOP}/`, named('k', 31, 181)),
  ),
  row(
    'eviction',
    'subdomains count together',
    set(`${SHOP}/`, many('k', 180)),
    set('https://x.shop.test/', 'l=1'),
    get(`${SHOP}/`, named('k', 31, 180)),
  ),
  row(
    'eviction',
    'Secure cookies stay longer',
    set(`${SHOP}/`, [...many('s', 140, '=v; Secure'), ...many('k', 41)]),
    get(`${SHOP}/`, `${named('s', 0, 140)}; ${named('k', 31, 41)}`),
  ),
  row(
    'eviction',
    'low priority goes first, but for 30',
    set(`${SHOP}/`, [...many('k', 120), ...many('l', 61, '=v; Priority=Low')]),
    get(`${SHOP}/`, `${named('k', 0, 120)}; ${named('l', 31, 61)}`),
  ),
  row(
    'eviction',
    'the 30 of low priority stay when others have to go',
    set(`${SHOP}/`, [...many('k', 136), ...many('l', 45, '=v; Priority=Low')]),
    get(`${SHOP}/`, `${named('k', 16, 136)}; ${named('l', 15, 45)}`),
  ),
  row(
    'eviction',
    'high priority stays, but not Secure is not',
    set(`${SHOP}/`, [...many('h', 101, '=v; Priority=High'), ...many('s', 80, '=v; Secure')]),
    get(`${SHOP}/`, `${named('h', 31, 101)}; ${named('s', 0, 80)}`),
  ),
  row(
    'eviction',
    'a newcomer may be the one that goes',
    set(`${SHOP}/`, [...many('s', 180, '=v; Secure'), 'k=1']),
    get(`${SHOP}/`, named('s', 30, 180)),
  ),
  row(
    'eviction',
    'an overwrite at the limit evicts nobody',
    set(`${SHOP}/`, [...many('k', 180), 'k179=v; Max-Age=60']),
    get(`${SHOP}/`, named('k', 0, 180)),
  ),
  row(
    'eviction',
    'the least recently used goes first',
    set(`${SHOP}/`, [...many('a', 100, '=v; Path=/a'), ...many('b', 80, '=v; Path=/b')]),
    { wait: 60_000 },
    get(`${SHOP}/a`, named('a', 0, 100)),
    set(`${SHOP}/`, 'k=1'),
    get(`${SHOP}/b`, `${named('b', 31, 80)}; k=1`),
  ),
  row(
    'eviction',
    'expired ones go first',
    set(`${SHOP}/`, [...many('a', 100, '=v; Max-Age=1'), ...many('b', 80)]),
    { wait: 1000 },
    set(`${SHOP}/`, 'k=1'),
    get(`${SHOP}/`, `${named('b', 0, 80)}; k=1`),
  ),
]

/** What Onejar promises of cookies, row by row. Strings are byte strings; scripts write text. */
export const ROWS: readonly Row[] = [
  ...parsing,
  ...sizes,
  ...dateRows,
  ...ageRows,
  ...lifetime,
  ...domains,
  ...suffixes,
  ...paths,
  ...order,
  ...secure,
  ...httpOnly,
  ...prefixes,
  ...sameSite,
  ...partitions,
  ...eviction,
]
