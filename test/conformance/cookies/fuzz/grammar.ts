import type { Dice } from '../../../support/random.ts'

const NAMES = [
  'a',
  'b',
  'A',
  'sid',
  'a b',
  'a,b',
  '"a"',
  'a%20',
  '__a',
  '_-',
  '\xc3\xa9',
  '\xff',
  '$Path',
  '',
]
const PREFIXES = [
  ...['__Host-', '__Secure-', '__Http-', '__Host-Http-', '__host-', '__SECURE-', '__hTTp-', '__HOST-http-'],
  ...[
    '__Host',
    '__Secure',
    '__Http',
    '_Host-',
    '__Host_',
    ' __Host-',
    '__Http-Host-',
    '__Secure-Http-',
    '__Host-Secure-',
  ],
]
const VALUES = [
  ...['1', '2', '', 'v', '"q"', '"q', 'q"', '"a;b"', 'a b', 'a, b=c', '=', '==', 'a=b', 'b%3D', '\\"', "'"],
  ...[
    '\xc3\xbc',
    '\xe6\x98\xa5',
    '\xf0\x9f\x98\x80',
    '\xff\xfe',
    '\xed\xa0\x80',
    '\xc2\xa0',
    '\xc2\x85',
    '\xef\xbb\xbf',
  ],
  ...['__Host-x', '__Secure-x=1', '__http-', '{"a":[1,2]}', '#', 'a:b', '<x>', 'secure', 'Path=/'],
]
const BLANKS = ['', '', '', ' ', '\t', '  ', ' \t ']
const CONTROLS = ['\x01', '\x08', '\x0b', '\x0c', '\x1b', '\x1f', '\x7f', '\t']
const MONTHS = [
  'Jan',
  'feb',
  'MAR',
  'apr',
  'May',
  'June',
  'july',
  'August',
  'Sept',
  'oct',
  'Nov',
  'December',
  'Foo',
  '',
]
const YEARS = [
  ...[
    '2015',
    '1999',
    '2030',
    '2027',
    '1601',
    '1600',
    '1969',
    '1970',
    '9999',
    '10000',
    '99999',
    '100000',
    '00',
    '15',
  ],
  ...[
    '27',
    '50',
    '68',
    '69',
    '70',
    '71',
    '98',
    '99',
    '100',
    '123',
    '0',
    '7',
    '027',
    '02027',
    '0015',
    '2262',
    '292277',
  ],
]
const DAYS = ['1', '01', '001', '15', '28', '29', '30', '31', '32', '0', '00', '1st', '12x', '-1']
const TIMES = [
  ...[
    '00:00:00',
    '1:2:3',
    '23:59:59',
    '23:59:60',
    '24:00:00',
    '12:60:00',
    '12:00',
    '12:00:00.5',
    '012:00:00',
    '::',
  ],
  ...[
    '12:00:00x',
    '12:00:00:00',
    '12:00:00PM',
    '0001:02:03',
    '4294967296:00:00',
    '00:00:4294967296',
    '1:1:1 PM',
    ':00:00:00',
  ],
]
const ZONES = ['GMT', 'UTC', '', 'PST', '+0900', '-0100', 'GMT+1', 'Z', '(x)']
const DATES = [
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Thu, 01-Jan-1970 00:00:01 GMT',
  'Sat, 05 Jun 2027 10:00:00 GMT',
  'Saturday, 05-Jun-27 10:00:00 GMT',
  'Sat Jun  5 10:00:00 2027',
  '2027-06-05T10:00:00Z',
  '2027-Jun-05 10:00:00',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'Mon, 01 Jan 1601 00:00:00 GMT',
  'Mon, 01 Jan 1601 00:00:01 GMT',
  'Tue, 31 Dec 1600 23:59:59 GMT',
  '0',
  '-1',
  'Session',
  '',
  '1893456000',
]
const AGES = [
  ...[
    '0',
    '1000',
    '-1',
    '+1000',
    '-0',
    '+0',
    '1e3',
    '10.5',
    ' 60',
    '60 ',
    '0x10',
    '"1000"',
    '',
    '-',
    '+',
    'abc',
    '00',
    '0100',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '34560000',
    '34560001',
  ],
  ...[
    '99999999999999999999x',
    '-99999999999999999999x',
    '1000x',
    '--1',
    '+-1',
    '1 0',
    '1,000',
    '\xd9\xa1',
    '4294967296',
    '2147483648',
  ],
]
const PATHS = [
  ...[
    '/',
    '',
    '/a',
    '/a/',
    '/a/b',
    '/a/b/',
    '/a/b/c',
    'a',
    '//',
    '/A',
    '/a/..',
    '/a/../',
    '/./a',
    '.',
    '?',
    '/a?b',
    '/a#',
    '/%61',
  ],
  ...[
    '/%41',
    '/a%2Fb',
    '/%zz',
    '"/"',
    '/a b',
    '/\xc3\xbc',
    '/%C3%BC',
    '/a"',
    '/a=b',
    '=/',
    '\\',
    '/\\',
    '/a,/b',
    '*',
    '/*',
  ],
]
const SAME_SITES = [
  'Strict',
  'Lax',
  'None',
  'strict',
  'LAX',
  'nONE',
  '',
  'unknown',
  '"Lax"',
  'Lax Strict',
  'No_restriction',
  'Strict=Lax',
]
const PRIORITIES = ['Low', 'Medium', 'High', 'low', 'HIGH', '', 'urgent', '"High"']
const FLAG_VALUES = ['', '', '', '', '=', '=true', '=false', '=0', ' ', '= x', '\t']
const UNKNOWN = [
  '',
  '=',
  '==',
  'Version=1',
  'Comment="a',
  'SameParty',
  'Secur',
  'Securee',
  'Secure-',
  'Http-Only',
  'Max-Age:0',
  'max_age=0',
  'Expires',
]

/** What the lines of one case may hold beside what fits every host. */
export interface LineWishes {
  /** Domain attributes to draw from. */
  readonly domains: readonly string[]
  /** Bytes that HTTP cannot carry in a header. */
  readonly lineBreaks: boolean
  /** Few names, so that cookies of one history meet. */
  readonly fewNames?: boolean
}

/** A Set-Cookie line from a grammar that is biased to the odd. */
export function drawLine(dice: Dice, wishes: LineWishes): string {
  const attributes = Array.from({ length: dice.pick([0, 0, 1, 1, 1, 2, 2, 3, 4, 6]) }, () =>
    attribute(dice, wishes),
  )
  const line = [pair(dice, wishes), ...attributes].join(
    dice.once(6) ? dice.pick([';', ' ;', '; ;', ';\t', ';;']) : '; ',
  )
  if (!dice.once(15)) return line
  const at = dice.below(line.length + 1)
  const breaks = wishes.lineBreaks ? ['\n', '\r', '\r\n', '\x00'] : []
  return line.slice(0, at) + dice.pick([...CONTROLS, ...breaks, ';', '=', ',', ' ']) + line.slice(at)
}

function pair(dice: Dice, { fewNames }: LineWishes): string {
  const blank = () => dice.pick(BLANKS)
  if (dice.once(60)) return sized(dice)
  const plain = fewNames ? dice.pick(['a', 'b', '', '__Host-a', '__Secure-a']) : dice.pick(NAMES)
  const name = !fewNames && dice.once(4) ? dice.pick(PREFIXES) + dice.pick(['', 'x', '=']) : plain
  const value = fewNames && dice.once(2) ? dice.pick(['1', '2', '3']) : dice.pick(VALUES)
  if (dice.once(12)) return `${blank()}${name}${value}`
  return `${blank()}${name}${blank()}=${blank()}${value}${blank()}`
}

/** Around the limit of 4,096 bytes, in one byte a char and in two. */
function sized(dice: Dice): string {
  const total = 4096 + dice.pick([-1, 0, 1, 2])
  const name = dice.pick(['', 'a', 'name'])
  const fill = dice.pick(['x', '\xc3\xbc', '"', ' ='])
  return `${name}=${fill.repeat(Math.ceil(total / fill.length)).slice(0, total - name.length)}`
}

function attribute(dice: Dice, wishes: LineWishes): string {
  const [key, value] = dice.pick<(dice: Dice, wishes: LineWishes) => readonly [string, string]>(ATTRIBUTES)(
    dice,
    wishes,
  )
  const spelt = dice.once(5)
    ? dice.pick([key.toLowerCase(), key.toUpperCase(), `${key} `, ` ${key}\t`, `${key}s`])
    : key
  return spelt + value
}

const equals = (dice: Dice, value: string) =>
  dice.once(8) ? `${dice.pick([' = ', '=\t', '= ', '=='])}${value}` : `=${value}`
/** Around the limit of 1,024 bytes for the value of an attribute. */
const long = (dice: Dice, head: string) => head + 'x'.repeat(1024 - head.length + dice.pick([-1, 0, 1]))

const ATTRIBUTES = [
  (dice: Dice) => ['Path', dice.once(40) ? equals(dice, long(dice, '/')) : equals(dice, dice.pick(PATHS))],
  (dice: Dice, { domains }: LineWishes) => [
    'Domain',
    dice.once(60) ? equals(dice, long(dice, dice.pick(domains))) : equals(dice, dice.pick(domains)),
  ],
  (dice: Dice, { domains }: LineWishes) => ['Domain', equals(dice, dice.pick(domains))],
  (dice: Dice) => ['Expires', equals(dice, drawDate(dice))],
  (dice: Dice) => ['Expires', equals(dice, drawDate(dice))],
  (dice: Dice) => ['Max-Age', equals(dice, dice.pick(AGES))],
  (dice: Dice) => ['Secure', dice.pick(FLAG_VALUES)],
  (dice: Dice) => ['Secure', dice.once(30) ? `=${long(dice, '')}` : ''],
  (dice: Dice) => ['HttpOnly', dice.pick(FLAG_VALUES)],
  (dice: Dice) => ['Partitioned', dice.pick(FLAG_VALUES)],
  (dice: Dice) => ['SameSite', equals(dice, dice.pick(SAME_SITES))],
  (dice: Dice) => ['Priority', equals(dice, dice.pick(PRIORITIES))],
  (dice: Dice) => [dice.pick(UNKNOWN), ''],
] as const satisfies ((dice: Dice, wishes: LineWishes) => readonly [string, string])[]

/** A cookie date, in every form that is seen and some that are not. */
function drawDate(dice: Dice): string {
  if (dice.once(3)) return dice.pick(DATES)
  const [day, month, year, time] = [dice.pick(DAYS), dice.pick(MONTHS), dice.pick(YEARS), dice.pick(TIMES)]
  const zone = dice.pick(ZONES)
  const plain = (from: readonly string[], usual: string) => (dice.once(2) ? usual : dice.pick(from))
  const [d, m, y, t] = [
    plain([day], '5'),
    plain([month], 'Jun'),
    plain([year], '2027'),
    plain([time], '10:00:00'),
  ]
  const glue = dice.pick([' ', '-', '/', ', ', '  ', '\t', '_', ':', '.', '"', ';', '~', '\x80', '\xc2\xa0'])
  const fields = dice.pick([
    [d, m, y, t],
    [d, m, y, t, zone],
    [m, d, y, t],
    [m, d, t, y],
    [y, m, d, t],
    [t, d, m, y],
    ['Sat,', d, m, y, t, zone],
    [d, m, y],
    [d, m, t],
    [`${d}${m}${y}`, t],
    [d, m, y, t, dice.pick(DAYS), dice.pick(YEARS), dice.pick(MONTHS), dice.pick(TIMES)],
  ])
  return fields.join(dice.once(3) ? glue : ' ')
}
