import { describe, expect, it } from 'vitest'
import { discoveryText } from '../../../src/cli/discover/discovery-text.ts'
import type { DiscoveredRequest, Discovery } from '../../../src/discovery/index.ts'

const REQUEST: DiscoveredRequest = {
  method: 'GET',
  url: 'https://s.example/api/{path[1]}',
  operation: null,
  fields: [{ want: 'Blue chair', document: '', path: '$.name', format: 'text' }],
  parameters: [{ place: 'path.1', from: 'path[1]' }],
  headers: [{ name: 'authorization', value: null, from: 'binding', source: 'localStorage auth' }],
  paging: { by: 'cursor', parameter: 'after', size: null, next: '$.next' },
  replayable: true,
  why: null,
  score: 90,
  reasons: ['it holds 1 of 1 texts'],
  typescript: 'await session.fetch()\n',
  curl: 'curl x',
}
const found = (given: Partial<Discovery>): Discovery => ({
  url: 'https://s.example/',
  requests: [],
  missing: [],
  seen: 3,
  left: 0,
  writes: [],
  ...given,
})

describe('discoveryText', () => {
  it('shows the requests, the best one with what makes it, and what is missing', () => {
    const text = discoveryText(
      found({ requests: [REQUEST], missing: ['gone'], writes: ['POST https://s.example/buy'], left: 1 }),
    )
    for (const part of [
      '90',
      '$.name',
      'path.1 is path[1]',
      'localStorage auth',
      'pages by cursor, after, $.next',
      'it holds 1 of 1',
    ])
      expect(text).toContain(part)
    for (const part of [
      'await session.fetch()',
      'curl x',
      'not found: gone',
      'POST https://s.example/buy',
      '1 of them too many',
    ])
      expect(text).toContain(part)
  })

  it('gives no snippet of what HTTP cannot ask for', () => {
    const text = discoveryText(
      found({
        requests: [{ ...REQUEST, replayable: false, why: 'a signature', typescript: null, curl: null }],
      }),
    )
    expect(text).not.toContain('curl')
    expect(discoveryText(found({}))).toContain('no request of the page holds what is wanted')
  })

  it('lets nothing that a site chose steer the terminal', () => {
    const evil = 'a\u001b[2Jb\nc'
    const request = {
      ...REQUEST,
      url: evil,
      reasons: [evil],
      operation: evil,
      typescript: `x // ${evil}\n`,
      curl: evil,
    }
    const text = discoveryText(
      found({
        requests: [{ ...request, fields: [{ want: evil, document: evil, path: evil, format: evil }] }],
        missing: [evil],
        writes: [evil],
      }),
    )
    expect(text).not.toContain('\u001b')
  })
})
