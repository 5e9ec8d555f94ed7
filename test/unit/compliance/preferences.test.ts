import { describe, expect, it } from 'vitest'
import { headerPreferences } from '../../../src/compliance/preferences/header-preferences.ts'
import { metaPreferences } from '../../../src/compliance/preferences/meta-preferences.ts'
import { NO_PREFERENCES, type Purpose, sitePreferences } from '../../../src/compliance/preferences/purpose.ts'
import { robotsTagForbids } from '../../../src/compliance/preferences/robots-tag.ts'
import { TdmFile } from '../../../src/compliance/preferences/tdm-file.ts'
import { RobotsRules } from '../../../src/compliance/robots/robots-rules.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'

const url = (path = '/') => new URL(path, 'https://shop.example')

/** The uses that are not unknown. */
function usesOf(statements: Parameters<typeof sitePreferences>[0]): Partial<Record<Purpose, string>> {
  const { uses } = sitePreferences(statements, [], null)
  return Object.fromEntries(Object.entries(uses).filter(([, use]) => use !== 'unknown'))
}

function ofHeaders(headers: Record<string, string | string[]>) {
  return usesOf(headerPreferences(headers, 'onejar').statements)
}

function ofRobots(text: string, path = '/') {
  return usesOf(new RobotsRules(text, 'onejar').preferences(url(path)))
}

describe('headers', () => {
  it.each([
    ['content-signal', 'search=yes, ai-train=no', { search: 'allowed', 'ai-train': 'forbidden' }],
    ['content-signal', ' AI-INPUT = no ', { 'ai-input': 'forbidden' }],
    ['content-signal', 'ai-train=n, other=no, ai-input', {}],
    ['content-usage', 'train-ai=n, search=y', { search: 'allowed', 'ai-train': 'forbidden' }],
    ['content-usage', 'ai-use=n;exp=1', { 'ai-input': 'forbidden' }],
    ['content-usage', 'train-ai=n, train-ai=y', { 'ai-train': 'allowed' }],
    ['content-usage', 'train-ai=no, __proto__=n, constructor=n', {}],
    ['x-robots-tag', 'noindex, noarchive', { search: 'forbidden', archive: 'forbidden' }],
    ['x-robots-tag', 'none', { search: 'forbidden' }],
    ['x-robots-tag', 'noai', { 'ai-train': 'forbidden', 'ai-input': 'forbidden' }],
    ['x-robots-tag', 'googlebot: noindex', {}],
    ['x-robots-tag', 'noindex, googlebot: noarchive', { search: 'forbidden' }],
    ['x-robots-tag', 'onejar: noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', 'max-snippet: 5, noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', 'unavailable_after: 25 Jun 2027 15:00:00 GMT, noindex', { search: 'forbidden' }],
    ['x-robots-tag', 'noimageai', {}],
    ['x-robots-tag', 'noimageindex', {}],
    ['x-robots-tag', 'nosnippet', { 'ai-input': 'forbidden' }],
    ['x-robots-tag', 'onejar : noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', 'onejar:noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', 'x onejar: noarchive', {}],
    // A value of its own is no name of a crawler; what only begins or ends like such a rule is.
    ['x-robots-tag', 'max-image-preview: none, noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', 'xmax-snippet: none, noarchive', {}],
    ['x-robots-tag', 'max-snippets: none, noarchive', {}],
    // Words that every object has
    ['x-robots-tag', 'constructor, __proto__, noarchive', { archive: 'forbidden' }],
    ['x-robots-tag', `${'x,'.repeat(63)}noarchive`, { archive: 'forbidden' }],
    ['x-robots-tag', `${'x,'.repeat(64)}noarchive`, {}],
    ['x-robots-tag', `${'x'.repeat(4086)},noarchive`, { archive: 'forbidden' }],
    ['x-robots-tag', `${'x'.repeat(4087)},noarchive`, {}],
  ])('%s: %s', (name, value, uses) => {
    expect(ofHeaders({ [name]: value })).toEqual(uses)
  })

  it('speak of pictures where the response is one', () => {
    expect(ofHeaders({ 'x-robots-tag': 'noimageindex, constructor', 'content-type': 'image/png' })).toEqual({
      search: 'forbidden',
    })
    expect(ofHeaders({ 'x-robots-tag': 'noimageai', 'content-type': 'image/png' })).toEqual({
      'ai-train': 'forbidden',
      'ai-input': 'forbidden',
    })
  })

  it('name their crawler in each line anew', () => {
    const lines = ['googlebot: noindex', 'noarchive']
    expect(ofHeaders({ 'x-robots-tag': lines })).toEqual({ archive: 'forbidden' })
  })

  it('forbid where another statement allows', () => {
    const headers = { 'content-usage': 'train-ai=y', 'content-signal': 'ai-train=no' }
    expect(ofHeaders(headers)).toEqual({ 'ai-train': 'forbidden' })
  })

  it.each([
    ['1', true],
    ['0', false],
    ['yes', null],
  ])('tdm-reservation: %s', (value, reserved) => {
    const { tdm } = headerPreferences(
      { 'tdm-reservation': value, 'tdm-policy': 'https://x.example/p' },
      'onejar',
    )
    expect(tdm).toEqual(reserved === null ? null : { reserved, policy: 'https://x.example/p' })
  })

  it('link to licences of RSL, and to nothing that is none', () => {
    const link = [
      '<https://shop.example/l.xml>; rel="license"; type="application/rsl+xml"',
      '<https://shop.example/2.xml>; type="application/rsl+xml"; rel="up license"',
      '<https://shop.example/cc>; rel=license',
      '<javascript:x>; rel="license"; type="application/rsl+xml"',
      '</style.css>; rel=preload',
    ]
    const { licences } = headerPreferences({ link }, 'onejar')
    expect(licences).toEqual(['https://shop.example/l.xml', 'https://shop.example/2.xml'])
  })

  it('are read in linear time, and are shown as one bounded line', () => {
    const startedAt = cpuTimeMs()
    for (const evil of [
      '<'.repeat(200_000),
      `<a>${';a='.repeat(60_000)}`,
      `<a>;rel="${'a '.repeat(60_000)}`,
    ]) {
      headerPreferences({ link: evil, 'x-robots-tag': evil, 'content-usage': evil }, 'onejar')
    }
    expect(cpuTimeMs() - startedAt).toBeLessThan(1_000)
    const { statements } = headerPreferences(
      { 'content-signal': `ai-train=no, \u{1f4a9}\u0007${'x'.repeat(500)}` },
      'a',
    )
    expect(statements[0]?.text).toMatch(/^[\x20-\x7e]{1,200}$/)
  })

  it('that say nothing give the one value that says nothing', () => {
    const { statements, licences } = headerPreferences({ 'content-type': 'text/html' }, 'onejar')
    expect(sitePreferences(statements, licences, null)).toBe(NO_PREFERENCES)
    expect(NO_PREFERENCES.uses.search).toBe('unknown')
  })
})

describe('robots.txt', () => {
  const cloudflare = 'User-Agent: *\nContent-Signal: ai-train=no, search=yes, ai-input=yes\nAllow: /\n'

  it('has signals in its groups', () => {
    expect(ofRobots(cloudflare)).toEqual({
      'ai-train': 'forbidden',
      search: 'allowed',
      'ai-input': 'allowed',
    })
    const { text, from } = new RobotsRules(cloudflare, 'onejar').preferences(url())[0] ?? {}
    expect([from, text]).toEqual([
      'robots.txt',
      'content-signal: ai-train=no, search=yes, ai-input=yes (line 2)',
    ])
  })

  it('keeps allowing and forbidding requests as before', () => {
    const text = 'User-agent: other\nContent-Signal: search=no\nUser-agent: onejar\nDisallow: /private\n'
    expect(new RobotsRules(text, 'onejar').decide(url('/private')).allowed).toBe(false)
  })

  it.each([
    ['the group of others', 'User-agent: other\nContent-Usage: train-ai=n\n', {}],
    [
      'a group of one’s own',
      `${cloudflare}\nUser-agent: onejar\nContent-Signal: search=no\n`,
      { search: 'forbidden' },
    ],
    ['no group', 'Content-Usage: train-ai=n\n', { 'ai-train': 'forbidden' }],
  ])('in %s', (_what, text, uses) => {
    expect(ofRobots(text)).toEqual(uses)
  })

  it.each([
    ['/', { 'ai-train': 'forbidden' }],
    ['/free/a', { 'ai-train': 'allowed' }],
    ['/free/not/a', { 'ai-train': 'forbidden' }],
  ])('holds for the longest path that matches %s', (path, uses) => {
    const text =
      'User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /free/ train-ai=y\nContent-Usage: /free/not/ train-ai=n\n'
    expect(ofRobots(text, path)).toEqual(uses)
  })

  it.each<[string, string, object]>([
    ['another line with the words of one', 'User-agent: *\nClean-param: ai-train=no\n', {}],
    ['a path, and no other', 'User-agent: *\nContent-Usage: /news/ train-ai=n\n', {}],
    // What says nothing does not stand in the way of what does.
    [
      'a longer path that says nothing',
      'User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /newsroom nonsense\n',
      { 'ai-train': 'forbidden' },
    ],
    // The two have paths of their own.
    [
      'both names',
      'User-agent: *\nContent-Usage: /newsroom train-ai=n\nContent-Signal: search=no\n',
      { 'ai-train': 'forbidden', search: 'forbidden' },
    ],
    [
      '256 lines',
      `User-agent: *\n${'Content-Usage: /x search=n\n'.repeat(255)}Content-Usage: train-ai=n\nContent-Usage: search=n\n`,
      { 'ai-train': 'forbidden' },
    ],
  ])('holds as it is written: %s', (_what, text, uses) => {
    expect(ofRobots(text, '/newsroom/a')).toEqual(uses)
  })

  it('names eight licences, of the web and of bounded length', () => {
    const licences = (...values: string[]) =>
      new RobotsRules(values.map((value) => `License: ${value}\n`).join(''), 'onejar').licences
    const nth = (at: number) => `https://shop.example/${at}`
    expect(licences(...Array.from({ length: 9 }, (_, at) => nth(at)))).toEqual(
      Array.from({ length: 8 }, (_, at) => nth(at)),
    )
    expect(licences('http://shop.example/l', 'xhttps://shop.example/l', 'ftp://shop.example/l')).toEqual([
      'http://shop.example/l',
    ])
    const long = (chars: number) => 'https://shop.example/'.padEnd(chars, 'x')
    expect(licences(long(2049), long(2048))).toEqual([long(2048)])
  })

  it('names licences for all, whatever the group', () => {
    const text =
      'License: https://shop.example/l.xml\nUser-agent: other\nLicense: javascript:x\nLicense: /rel\n'
    expect(new RobotsRules(text, 'onejar').licences).toEqual(['https://shop.example/l.xml'])
  })
})

describe('a TDM file', () => {
  const file = (entries: unknown) => new TdmFile(JSON.stringify(entries))

  it('decides by the first location that matches', () => {
    const read = file([
      { location: '/open/', 'tdm-reservation': 0 },
      { location: '*.jpg$', 'tdm-reservation': 1 },
      { location: '/', 'tdm-reservation': 1, 'tdm-policy': 'https://shop.example/p.json' },
    ])
    expect(read.decide(url('/open/a.jpg'))?.reserved).toBe(false)
    expect(read.decide(url('/a.jpg'))).toMatchObject({ reserved: true, policy: null })
    expect(read.decide(url('/x'))).toMatchObject({ reserved: true, policy: 'https://shop.example/p.json' })
  })

  it.each([
    ['no JSON', '<html>'],
    ['an object', '{"tdm-reservation":1}'],
    [
      'entries of no form',
      '[null, 1, {"location":5,"tdm-reservation":1}, {"location":"/","tdm-reservation":"1"}]',
    ],
  ])('that is %s says nothing', (_what, text) => {
    expect(new TdmFile(text).decide(url())).toBeNull()
  })
})

describe('metas', () => {
  it('are read where they are for all or for this crawler', () => {
    const { statements, tdm } = metaPreferences(
      [
        ['ROBOTS', 'noarchive'],
        ['googlebot', 'noindex'],
        ['onejar', 'noai'],
        ['tdm-reservation', '1'],
        ['tdm-policy', 'ftp://x'],
      ],
      'onejar',
    )
    expect(usesOf(statements)).toEqual({
      archive: 'forbidden',
      'ai-train': 'forbidden',
      'ai-input': 'forbidden',
    })
    expect(tdm).toEqual({ reserved: true, policy: null })
  })

  it('know rules in any case', () => {
    expect(robotsTagForbids('NoIndex', 'onejar', false)).toEqual(['search'])
  })
})
