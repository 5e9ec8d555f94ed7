import { describe, expect, it } from 'vitest'
import { contentSignalTerms, contentUsageTerms } from '../../../src/compliance/preferences/content-terms.ts'
import {
  headerPreferences,
  saysNothing,
  tdmStatement,
} from '../../../src/compliance/preferences/header-preferences.ts'
import { metaPreferences } from '../../../src/compliance/preferences/meta-preferences.ts'
import {
  NO_PREFERENCES,
  type PreferenceStatement,
  PURPOSES,
  sitePreferences,
  statementText,
} from '../../../src/compliance/preferences/purpose.ts'
import {
  NO_TDM_FILE,
  TdmFile,
  tdmPolicyOf,
  tdmReservation,
} from '../../../src/compliance/preferences/tdm-file.ts'

const SILENT = { statements: [], licences: [], tdm: null }
const of = (headers: Record<string, string | string[]>) => headerPreferences(headers, 'onejar')

describe('the terms of Content-Usage and Content-Signal', () => {
  it.each([
    ['search', ['search']],
    ['train-ai', ['ai-train']],
    ['train-genai', ['ai-train']],
    ['ai-use', ['ai-input']],
    ['ai-output', ['ai-input']],
    ['all', PURPOSES],
    ['bots', PURPOSES],
  ])('%s speaks of %j', (name, purposes) => {
    expect(contentUsageTerms(`${name}=n`)).toEqual([{ purposes, allowed: false }])
    expect(contentUsageTerms(`${name}=y`)).toEqual([{ purposes, allowed: true }])
  })

  it('are read from so many members, and from so many characters', () => {
    const others = (count: number) => Array.from({ length: count }, (_, at) => `x${at}=y,`).join('')
    expect(contentSignalTerms(`${others(31)}search=no`)).toHaveLength(1)
    expect(contentSignalTerms(`${others(32)}search=no`)).toEqual([])
    expect(contentSignalTerms(`${' '.repeat(4_088)}search=no`)).toEqual([])
    expect(contentSignalTerms(`${' '.repeat(4_088)}search=no`.slice(1))).toHaveLength(1)
  })

  it.each(['', '=', '=y', ';', 'search', 'search=', 'y=search', 'n'])('are none in %j', (value) => {
    expect(contentUsageTerms(value)).toEqual([])
  })
})

describe('a response whose headers say something of its use', () => {
  it.each(['x-robots-tag', 'content-signal', 'content-usage', 'tdm-reservation', 'link'])(
    'has %s',
    (name) => {
      expect(saysNothing({ [name]: '1', 'content-type': 'text/html' })).toBe(false)
    },
  )

  it('has one of these, and no other', () => {
    expect(saysNothing({})).toBe(true)
    expect(saysNothing({ 'content-type': 'text/html', 'tdm-policy': 'https://shop.example/p' })).toBe(true)
    expect(of({ 'content-type': 'text/html' })).toEqual(SILENT)
    expect(of({ link: '<https://shop.example/a.css>; rel=preload' })).toEqual(SILENT)
  })

  it('is quoted with the header that says it', () => {
    const forbidden = { purposes: ['search'], allowed: false }
    expect(of({ 'x-robots-tag': ['noindex', 'nofollow'] }).statements).toEqual([
      { from: 'x-robots-tag', text: 'noindex', ...forbidden },
    ])
    expect(of({ 'content-usage': 'search=n', 'content-signal': 'search=no' }).statements).toEqual([
      { from: 'content-usage', text: 'search=n', ...forbidden },
      { from: 'content-signal', text: 'search=no', ...forbidden },
    ])
  })

  it('is a picture by the beginning of its type alone', () => {
    const tag = { 'x-robots-tag': 'noimageai' }
    expect(of({ ...tag, 'content-type': 'IMAGE/png' }).statements).toHaveLength(1)
    expect(of({ ...tag, 'content-type': 'text/html; was=image/png' }).statements).toEqual([])
  })

  it('reserves text and data mining, with its policy', () => {
    const policy = 'https://shop.example/policy.json'
    expect(of({ 'tdm-reservation': ' 1 ', 'tdm-policy': policy })).toEqual({
      ...SILENT,
      tdm: { reserved: true, policy },
    })
    expect(of({ 'tdm-reservation': '0' }).tdm).toEqual({ reserved: false, policy: null })
    expect(of({ 'tdm-reservation': 'yes' })).toEqual(SILENT)
  })
})

describe('a licence that a header links to', () => {
  const address = 'https://shop.example/licence.xml'
  const licencesOf = (link: string) => of({ link }).licences

  it.each([
    'rel=license; type="application/rsl+xml"',
    'rel = "license" ; type = application/rsl+xml',
    'rel="up  license next" ; type="application/rsl+xml"',
    'rel=licence;type=application/rsl+xml',
    'title="a, b; c"; REL="License"; Type="Application/RSL+xml"',
    'crossorigin; rel=license; type=application/rsl+xml',
  ])('is found: %s', (parameters) => {
    expect(licencesOf(`</a.css>; rel=preload, <${address}>; ${parameters}`)).toEqual([address])
    expect(of({ 'x-robots-tag': 'noindex', link: `<${address}>; ${parameters}` }).licences).toEqual([address])
  })

  it.each([
    ['another relation', 'rel=up; type="application/rsl+xml"'],
    ['part of a word', 'rel="unlicensed"; type="application/rsl+xml"'],
    ['another type', 'rel=license; type="text/html"'],
    ['no type', 'rel=license'],
    ['no parameter', ''],
  ])('is none with %s', (_, parameters) => {
    expect(licencesOf(`<${address}>; ${parameters}`)).toEqual([])
  })

  it('has a whole address of the web', () => {
    const rest = '; rel=license; type="application/rsl+xml"'
    expect(licencesOf(`</licence.xml>${rest}, <ftp://shop.example/a>${rest}`)).toEqual([])
  })

  it('is looked for in so much of the header', () => {
    const link = `<${address}>; rel=license; type="application/rsl+xml"`
    expect(licencesOf(' '.repeat(16 * 1024 - link.length) + link)).toEqual([address])
    expect(licencesOf(' '.repeat(16 * 1024) + link)).toEqual([])
  })
})

describe('what all statements come to', () => {
  const statement = (allowed: boolean): PreferenceStatement => ({
    from: 'meta',
    text: '',
    purposes: ['search'],
    allowed,
  })

  it.each([
    [[true, false], 'forbidden'],
    [[false, true], 'forbidden'],
    [[true, true], 'allowed'],
  ])('%j is %s', (said, use) => {
    const { uses } = sitePreferences(said.map(statement), [], null)
    expect(uses).toEqual({
      search: use,
      'ai-train': 'unknown',
      'ai-input': 'unknown',
      archive: 'unknown',
      'text-mining': 'unknown',
    })
  })

  it('is more than nothing where only a licence or a policy is named', () => {
    expect(sitePreferences([], [], null)).toBe(NO_PREFERENCES)
    expect(NO_PREFERENCES).toMatchObject({ statements: [], licences: [], tdmPolicy: null })
    expect(sitePreferences([], ['https://a.example/'], null).licences).toEqual(['https://a.example/'])
    expect(sitePreferences([], [], 'https://a.example/').tdmPolicy).toBe('https://a.example/')
  })

  it('has bounds', () => {
    const licences = Array.from({ length: 20 }, (_, at) => `https://a.example/${Math.floor(at / 2)}`)
    const all = sitePreferences(
      Array.from({ length: 70 }, () => statement(true)),
      licences,
      null,
    )
    expect(all.statements).toHaveLength(64)
    expect(all.licences).toEqual(Array.from({ length: 8 }, (_, at) => `https://a.example/${at}`))
  })

  it('is told in a line that can be shown', () => {
    expect(statementText('a\r\n\0b\u202ec ~')).toBe('a b c ~')
    expect(statementText('a'.repeat(300))).toHaveLength(200)
  })
})

describe('a reservation of text and data mining', () => {
  it.each([
    ['1', true],
    [' 0\n', false],
    ['true', null],
    ['11', null],
    [undefined, null],
  ])('%j is %j', (value, reserved) => {
    expect(tdmReservation(value)).toBe(reserved)
  })

  it.each([
    ['https://a.example/p', 'https://a.example/p'],
    ['http://a.example', 'http://a.example/'],
    ['file:///etc/passwd', null],
    ['javascript:1', null],
    ['/p', null],
    [7, null],
    [`https://a.example/${'p'.repeat(2_030)}`, `https://a.example/${'p'.repeat(2_030)}`],
    [`https://a.example/${'p'.repeat(2_031)}`, null],
  ])('has the policy %j', (value, policy) => {
    expect(tdmPolicyOf(value)).toBe(policy)
  })

  it('forbids training, input and mining, and nothing else', () => {
    expect(tdmStatement('tdmrep.json', { reserved: true, policy: null }, ' for /a')).toEqual({
      from: 'tdmrep.json',
      text: 'tdm-reservation: 1 for /a',
      purposes: ['ai-train', 'ai-input', 'text-mining'],
      allowed: false,
    })
    expect(tdmStatement('meta', { reserved: false, policy: null })).toMatchObject({
      text: 'tdm-reservation: 0',
      allowed: true,
    })
  })
})

describe('a tdmrep.json', () => {
  const decide = (json: unknown, path = '/a/b') =>
    new TdmFile(typeof json === 'string' ? json : JSON.stringify(json)).decide(
      new URL(path, 'https://shop.example'),
    )

  it('decides by its first entry that matches', () => {
    const file = [
      { location: 'b', 'tdm-reservation': 1 },
      { location: '/a', 'tdm-reservation': false, 'tdm-policy': 'https://shop.example/p' },
      { location: '*', 'tdm-reservation': true },
    ]
    expect(decide(file)).toMatchObject({ reserved: false, policy: 'https://shop.example/p', text: '/a' })
    expect(decide(file, '/b/c')).toMatchObject({ reserved: true, policy: null, text: 'b' })
    expect(decide(file, '/c')).toMatchObject({ reserved: true, text: '*' })
  })

  it.each([0, 1, true, false])('takes %j for a reservation', (said) => {
    expect(decide([{ location: '/', 'tdm-reservation': said }])?.reserved).toBe(said === 1 || said === true)
  })

  it.each([
    ['no JSON', '['],
    ['no list', { location: '/', 'tdm-reservation': 1 }],
    ['entries that are none', [null, 1, 'a', []]],
    ['a word', [{ location: '/', 'tdm-reservation': '1' }]],
    ['no location', [{ 'tdm-reservation': 1 }]],
    ['a location without end', [{ location: `/${'*'.repeat(2_048)}`, 'tdm-reservation': 1 }]],
  ])('says nothing with %s', (_, json) => {
    expect(decide(json)).toBeNull()
    expect(NO_TDM_FILE.decide(new URL('https://shop.example/'))).toBeNull()
  })

  it('is read for so many entries', () => {
    const none = { location: '/none', 'tdm-reservation': 0 }
    const last = { location: '/a', 'tdm-reservation': 1 }
    expect(decide([...Array.from({ length: 499 }, () => none), last])).toMatchObject({
      reserved: true,
      text: '/a',
    })
    expect(decide([...Array.from({ length: 500 }, () => none), last])).toBeNull()
  })
})

describe('the metas of a document', () => {
  it('name robots, or this crawler, in any case', () => {
    for (const name of ['robots', 'ROBOTS', 'Onejar'])
      expect(metaPreferences([[name, 'noarchive']], 'onejar')).toEqual({
        statements: [
          { from: 'meta', text: `${name.toLowerCase()}: noarchive`, purposes: ['archive'], allowed: false },
        ],
        tdm: null,
      })
    expect(
      metaPreferences(
        [
          ['googlebot', 'noarchive'],
          ['robots', 'follow'],
        ],
        'onejar',
      ).statements,
    ).toEqual([])
  })

  it('reserve by the first that says so', () => {
    const metas = [
      ['TDM-Reservation', 'maybe'],
      ['tdm-reservation', '1'],
      ['tdm-reservation', '0'],
      ['TDM-policy', 'none'],
      ['tdm-policy', 'https://a.example/1'],
      ['tdm-policy', 'https://a.example/2'],
    ] as const
    expect(metaPreferences(metas, 'onejar').tdm).toEqual({ reserved: true, policy: 'https://a.example/1' })
    expect(metaPreferences([['tdm-policy', 'https://a.example/1']], 'onejar').tdm).toBeNull()
  })
})
