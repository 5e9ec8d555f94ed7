import { describe, expect, it } from 'vitest'
import { dataRouteSchema } from '../../../../src/record/codecs/data-route-schema.ts'
import { DATE_LANGUAGES, DATE_STYLES, NEGATIVE_FORMS } from '../../../../src/record/data-route.ts'
import { idOfPage, ROUTE } from './a-data-route.ts'
import { times, withAt } from './with-at.ts'

const takes = (place: string, value: unknown) =>
  dataRouteSchema.safeParse(withAt(ROUTE, place, value)).success
const PART = ROUTE.requests[0]!.parts[0]!
const READING = ROUTE.fields[0]!.readings[1]!
const FORMAT = 'fields.0.readings.0.format'
const DATE = 'fields.0.readings.3.format'

describe('a data route', () => {
  it('is taken as it is, and without what may be absent', () => {
    expect(dataRouteSchema.parse(ROUTE)).toEqual(ROUTE)
    for (const place of [
      'marks',
      'evidence',
      'wrongAt',
      'fields.0.blanks',
      `${FORMAT}.negative`,
      `${DATE}.minutes`,
      'evidence.caller',
    ])
      expect([place, takes(place, undefined)]).toEqual([place, true])
  })

  it.each<[string, readonly unknown[]]>([
    ['pattern.origin', ['http://localhost:8080']],
    ['pattern.path', [[], times(64, null), ['x'.repeat(2048)]]],
    ['pattern.query', [[], times(64, ['a', 'b']), [['x'.repeat(512), 'y'.repeat(2048)]]]],
    ['pattern.fragment', [[], times(64, null)]],
    ['requests.0.url', [`https://a.test/${'x'.repeat(8192 - 15)}`]],
    ['requests.1.body', [null, 'x'.repeat(65_536)]],
    [
      'requests.1.headers',
      [
        times(32, ['a', 'b']),
        [['x'.repeat(256), 'y'.repeat(8192)]],
        [
          ['x-authorization', 'b'],
          ['content-type', 'b'],
          ['tea', 'b'],
        ],
      ],
    ],
    ['requests.0.parts', [[], times(32, PART)]],
    ['requests.0.parts.0.place', [['path', 100_000], [...times(16, 'a')]]],
    ['requests.0.parts.0.before', ['x'.repeat(256)]],
    [
      'requests.0.parts.0.count',
      ['same', 'less-one', 'plus-one', { times: 1, less: 0 }, { times: 10_000, less: 1 }],
    ],
    [
      'requests.0.parts.0.from',
      [
        ...(['whole', 'first-digits', 'last-digits', 'stem', 'last-word'] as const).map((pick) => ({
          of: 'fragment',
          index: 0,
          pick,
        })),
        { of: 'query', name: '', pick: 'stem' },
      ],
    ],
    ['fields.0.readings', [times(64, READING)]],
    ['fields.0.readings.0.path', [[], times(48, 'x')]],
    ['fields.0.beside', [[], times(64, 'x')]],
    ['fields.0.blanks', [[], times(3, ROUTE.fields[0]!.blanks![0])]],
    ['fields.0.blanks.0.of', ['missing', 'null', 'empty']],
    ['fields.0.blanks.0.pages', [[], times(4, 'x'.repeat(64))]],
    ['fields', [times(200, ROUTE.fields[0])]],
    ['marks', [[], times(32, ROUTE.marks![0])]],
    [`${FORMAT}.decimals`, [null, 0, 20]],
    [`${FORMAT}.group`, ['', ',', '.', ' ', "'", '’']],
    [`${FORMAT}.point`, ['.', ',']],
    [`${FORMAT}.per`, [1, 100]],
    [`${FORMAT}.negative`, NEGATIVE_FORMS],
    [
      `${DATE}.form`,
      [
        'y-m-d',
        'dd.mm.y',
        'd.m.y',
        'dd/mm/y',
        'd/m/y',
        'mm/dd/y',
        'm/d/y',
        'd month y',
        'month d, y',
        'd mon y',
        'mon d, y',
        ...DATE_LANGUAGES.flatMap((language) => DATE_STYLES.map((style) => `${language} ${style}`)),
      ],
    ],
    [`${DATE}.minutes`, [[1439, 0]]],
    ['evidence.seen', [[], times(4_000, 'x'.repeat(64))]],
    ['evidence.sizes', [times(4_000, ['x'.repeat(64), 0, Number.MAX_SAFE_INTEGER])]],
    ['evidence.caller.held', [times(1_000, ['x'.repeat(64), 'y'.repeat(64)])]],
    ['evidence.caller.idle', [times(1_000, ['x'.repeat(64), 0])]],
    ['learnedAt', [-8.64e15, 8.64e15]],
  ])('takes as %s what is within bounds', (place, values) => {
    for (const value of values) expect([value, takes(place, value)]).toEqual([value, true])
  })

  it.each<[string, readonly unknown[]]>([
    ['extra', [1]],
    ['pattern.extra', [1]],
    [
      'pattern.origin',
      ['https://shop.test/', 'shop.test', 'ftp://shop.test', 'https://u@shop.test', 'xhttps://shop.test'],
    ],
    ['pattern.path', [times(65, null), ['x'.repeat(2049)], [1], undefined]],
    [
      'pattern.query',
      [times(65, ['a', 'b']), [['x'.repeat(513), null]], [['a', 'y'.repeat(2049)]], [['a']], undefined],
    ],
    ['pattern.fragment', [times(65, null), undefined]],
    ['requests', [[], times(5, ROUTE.requests[0])]],
    ['requests.0.extra', [1]],
    ['requests.0.isPage', ['yes', undefined]],
    ['requests.0.method', ['PUT', 'get']],
    [
      'requests.0.url',
      [
        'file:///etc/passwd',
        'javascript:alert(1)',
        '/x',
        'https://',
        'https://u@a.test/',
        'https://:p@a.test/',
        `https://a.test/${'x'.repeat(8192)}`,
        ' https://a.test/',
      ],
    ],
    ['requests.0.body', ['a GET with one']],
    ['requests.1.body', ['x'.repeat(65_537), 1, undefined]],
    [
      'requests.1.headers',
      [
        ...[
          'authorization',
          'connection',
          'content-length',
          'cookie',
          'expect',
          'host',
          'keep-alive',
          'origin',
          'proxy-authorization',
          'proxy-',
          'referer',
          'te',
          'transfer-encoding',
          'upgrade',
        ].map((name) => [[name, 'x']]),
        [['Accept', 'x']],
        [['a b', 'x']],
        [['', 'x']],
        [['a', 'x\r\ny: z']],
        [['a', '€']],
        [['x'.repeat(257), 'y']],
        [['x', 'y'.repeat(8193)]],
        [['a']],
        times(33, ['a', 'b']),
      ],
    ],
    ['requests.0.redirected', [1, undefined]],
    ['requests.0.parts', [times(33, PART)]],
    ['requests.0.parts.0.extra', [1]],
    [
      'requests.0.parts.0.place',
      [
        [],
        ['path'],
        times(17, 'a'),
        ['path', -1],
        ['path', 1.5],
        ['path', 100_001],
        ['path', 'x'.repeat(513)],
      ],
    ],
    ['requests.0.parts.0.before', ['x'.repeat(257), 1]],
    ['requests.0.parts.0.after', ['x'.repeat(257), undefined]],
    [
      'requests.0.parts.0.count',
      [
        'two',
        { times: 0, less: 0 },
        { times: 10_001, less: 0 },
        { times: 1.5, less: 0 },
        { times: 1, less: 2 },
        { times: 1 },
        { times: 1, less: 0, more: 1 },
      ],
    ],
    ['requests.0.parts.0.isNumber', [1]],
    [
      'requests.0.parts.0.from',
      [
        { of: 'cookie', name: 'sid', pick: 'whole' },
        { of: 'path', index: 1, pick: 'all' },
        { of: 'path', name: 'x', pick: 'whole' },
        { of: 'query', index: 1, pick: 'whole' },
        { ...idOfPage, more: 1 },
        { of: 'query', name: 'a', pick: 'whole', more: 1 },
        // Of a request that was not answered yet
        { of: 'response', request: 0, document: '', path: [] },
        { of: 'response', request: 1, document: '', path: [] },
      ],
    ],
    ['requests.1.parts.0.from.request', [1, -1, 0.5]],
    ['requests.1.parts.0.from.extra', [1]],
    [
      'requests.1.parts.0.from.path',
      [
        times(49, 'x'),
        [{ every: false }],
        [{ every: true, more: 1 }],
        [{ parsed: false }],
        [{ parsed: true, more: 1 }],
        [{ where: 'id' }],
        [{ where: 'id', is: { of: 'response', request: 0, document: '', path: [] } }],
        [{ where: 'id', is: idOfPage, more: 1 }],
        [null],
      ],
    ],
    ['fields', [[], times(201, ROUTE.fields[0])]],
    ['fields', [[ROUTE.fields[0], withAt(ROUTE.fields[0], 'readings.0.request', 2)]]],
    ['fields.0.extra', [1]],
    ['fields.0.name', ['x'.repeat(513), 1]],
    ['fields.0.mayLack', ['no']],
    ['fields.0.beside', [times(65, 'x'), [1]]],
    ['fields.0.readings', [[], times(65, READING)]],
    ['fields.0.readings.0.request', [2, -1]],
    ['fields.0.readings.0.extra', [1]],
    [
      'fields.0.readings.1.format',
      [
        { as: 'text', before: '', after: '', more: 1 },
        { as: 'text', before: '' },
        { as: 'json' },
        { as: 'html', more: 1 },
        { as: 'compact', before: '', after: '', language: 'xx', decimals: 1 },
        { as: 'compact', before: '', after: '', language: 'en', decimals: 3 },
      ],
    ],
    [`${FORMAT}.extra`, [1]],
    [`${FORMAT}.decimals`, [-1, 21, 1.5, undefined]],
    [`${FORMAT}.group`, ['_']],
    [`${FORMAT}.point`, ['']],
    [`${FORMAT}.per`, [0, -1, 1e-7, 1e13, Number.NaN, '1']],
    [`${FORMAT}.plus`, [0, 31]],
    [`${FORMAT}.negative`, ['minus']],
    [`${FORMAT}.before`, ['x'.repeat(257), undefined]],
    [`${FORMAT}.after`, ['x'.repeat(257), undefined]],
    [`${DATE}.extra`, [1]],
    [`${DATE}.form`, ['iso', 'xx d long', 'de d']],
    [`${DATE}.minutes`, [[-1, 0], [0, 1440], [0.5, 1], [0, 1.5], [1440, 0], [0, -1], [0]]],
    [`${DATE}.before`, [undefined]],
    ['fields.0.blanks', [times(4, ROUTE.fields[0]!.blanks![0])]],
    ['fields.0.blanks.0.of', ['nothing']],
    ['fields.0.blanks.0.text', ['x'.repeat(257)]],
    ['fields.0.blanks.0.pages', [times(5, 'x'), ['x'.repeat(65)]]],
    ['fields.0.blanks.0.extra', [1]],
    ['marks', [times(33, ROUTE.marks![0])]],
    ['marks.0.is', [{ of: 'response', request: 0, document: '', path: [] }, undefined]],
    ['marks.0.extra', [1]],
    ['evidence.extra', [1]],
    ['evidence.seen', [times(4_001, 'x'), ['x'.repeat(65)], undefined]],
    ['evidence.claims', [[1], undefined]],
    ['evidence.apart', [[1], undefined]],
    [
      'evidence.sizes',
      [
        times(4_001, ['x', 0, 0]),
        [['x', 0]],
        [['x', -Number.MAX_VALUE, 0]],
        [['x', 0, -1]],
        [['x'.repeat(65), 0, 0]],
        [['x', Number.POSITIVE_INFINITY, 0]],
      ],
    ],
    ['evidence.looks', [-1, undefined]],
    ['evidence.caller.extra', [1]],
    [
      'evidence.caller.held',
      [times(1_001, ['a', 'b']), [['a']], [['x'.repeat(65), 'b']], [['a', 'x'.repeat(65)]]],
    ],
    ['evidence.caller.idle', [times(1_001, ['a', 1]), [['a', -1]], [['x'.repeat(65), 1]]]],
    ['learnedAt', [Number.NaN, 8.64e15 + 2, -8.64e15 - 2, undefined]],
    ['until', [Number.POSITIVE_INFINITY, undefined]],
    ['wrongAt', ['now']],
  ])('refuses as %s what is beyond them, and what nobody knows', (place, values) => {
    for (const value of values) expect([value, takes(place, value)]).toEqual([value, false])
  })
})
