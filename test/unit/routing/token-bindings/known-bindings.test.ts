import { describe, expect, it } from 'vitest'
import type { TokenBinding } from '../../../../src/record/index.ts'
import { bindingId, KnownBindings } from '../../../../src/routing/token-bindings/known-bindings.ts'
import { requesterOf } from '../../../../src/routing/token-bindings/requester.ts'

const API = 'https://api.example'
const taught = (page: string, more: Partial<TokenBinding> = {}): TokenBinding => ({
  origin: API,
  header: 'authorization',
  template: 'Bearer {}',
  transform: 'raw',
  page,
  source: { kind: 'local', origin: new URL(page).origin, key: 'auth', path: [] },
  learned: true,
  ...more,
})
const entry = (value: TokenBinding | null, id = value ? bindingId(value) : '') => ({
  kind: 'binding' as const,
  id,
  stamp: { time: 1, writer: 'w' },
  value,
})
function known(...entries: ReturnType<typeof entry>[]) {
  const all = new KnownBindings()
  all.index(entries)
  const pages = (site?: string) =>
    all.for(API, site === undefined ? 'user' : { site }).map(({ header, page }) => `${header} ${page}`)
  return Object.assign(all, { pages })
}

describe('what a request gets', () => {
  const app = taught('https://app.example/', { since: 10 })
  const evil = taught('https://evil.example/', { since: 5 })
  const later = taught('https://later.example/', { since: 20, header: 'x-api-key' })
  const own = taught('https://www.api.example/', { since: 30 })
  const ownCsrf = taught('https://api.example/', { since: 30, header: 'x-csrf-token' })
  const declared = taught('https://api.example/', { learned: false, header: 'x-csrf-token' })

  it('is what its own site taught and what one other did, the first; a page gets what its site taught', () => {
    expect(known(entry(app), entry(later)).pages()).toEqual(['authorization https://app.example/'])
    expect(known(entry(later), entry(app)).pages()).toEqual(['authorization https://app.example/'])
    expect(known(entry(app), entry(evil)).pages('https://app.example')).toEqual([
      'authorization https://app.example/',
    ])
    expect(known(entry(app), entry(evil), entry(ownCsrf)).pages('https://evil.example')).toEqual([
      'authorization https://evil.example/',
    ])
    expect(known(entry(app), entry(ownCsrf)).pages()).toEqual([
      'x-csrf-token https://api.example/',
      'authorization https://app.example/',
    ])
    expect(known(entry(evil), entry(own)).pages()).toEqual(['authorization https://www.api.example/'])
    expect(known(entry(app)).pages('https://third.example')).toEqual([])
    expect(known(entry(app)).for(API, 'nobody')).toEqual([])
  })

  it('is what was declared before all', () => {
    expect(known(entry(ownCsrf), entry(declared)).for(API, 'user')).toEqual([declared])
    expect(known(entry(declared), entry(ownCsrf)).for(API, { site: 'https://evil.example' })).toEqual([
      declared,
    ])
  })
})

describe('an entry of a store', () => {
  const plain = `${API}\nauthorization`
  it('without the site that taught holds where the page is of the origin’s own site', () => {
    const before = taught('https://www.api.example/', { header: 'x-any' })
    expect(known(entry(before, `${API}\nx-any`)).for(API, 'user')).toEqual([before])
    for (const page of ['https://app.example/', 'http://api.example/']) {
      expect(known(entry(taught(page), plain)).all()).toEqual([])
    }
  })

  it.each([
    [
      'another origin than its id',
      entry(taught('https://app.example/'), `https://b.example\nauthorization\nhttps://app.example`),
    ],
    ['another site than its id', entry(taught('https://evil.example/'), `${plain}\nhttps://app.example`)],
    [
      'a site more than it declares',
      entry(taught('https://app.example/', { learned: false }), `${plain}\nhttps://app.example`),
    ],
    [
      'a header that another site may not teach',
      entry(taught('https://app.example/', { header: 'x-http-method-override' })),
    ],
    [
      'an item of another origin',
      entry(taught('https://app.example/', { source: { kind: 'meta', origin: API, name: 'csrf' } })),
    ],
    ['a page that is none', entry(taught('https://app.example/', { page: 'about:blank' }))],
  ])('that says %s is not used', (_, wrong) => {
    const all = known(wrong)
    expect(all.all()).toEqual([])
    expect(all.for('https://b.example', { site: 'https://app.example' })).toEqual([])
  })

  it('counts against what may be learned of a site, until it is gone', () => {
    const all = known(
      ...Array.from({ length: 100 }, (_, n) => entry(taught(`${API}/`, { header: `x-${n}` }))),
    )
    expect(all.hasRoom(API)).toBe(false)
    expect(all.hasRoom('https://app.example')).toBe(true)
    all.index([entry(null, `${API}\nx-1\n${API}`)])
    expect(all.hasRoom(API)).toBe(true)
  })
})

describe('who a request is for', () => {
  const site = { site: 'https://app.example' }
  it.each([
    [undefined, 'user'],
    [{}, 'user'],
    [{ kind: 'fetch', initiator: 'https://www.api.example/a' }, 'user'],
    [{ kind: 'navigate', topLevelUrl: 'https://app.example/' }, 'user'],
    [{ kind: 'fetch', initiator: 'https://www.app.example/' }, site],
    [{ kind: 'fetch', topLevelUrl: 'https://app.example/' }, site],
    [{ kind: 'link', initiator: 'https://app.example/', topLevelUrl: 'https://other.example/' }, site],
    [{ kind: 'fetch', initiator: 'https://app.example/', topLevelUrl: 'https://evil.example/' }, 'nobody'],
    [{ kind: 'fetch', initiator: 'null' }, 'nobody'],
    [{ kind: 'fetch', initiator: 'data:text/html,x' }, 'nobody'],
  ] as const)('%j is %j', (context, requester) => {
    expect(requesterOf(new URL(`${API}/x`), context)).toEqual(requester)
  })
})
