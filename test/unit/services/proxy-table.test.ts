import { describe, expect, it } from 'vitest'
import { proxyFor, proxyTableSchema } from '../../../src/services/network/proxy-table.ts'

const table = proxyTableSchema.parse([
  { proxies: ['http://any:1'] },
  { domain: 'shop.example', proxies: ['http://shop:1'] },
  { domain: '.api.shop.example', proxies: ['http://api:1'] },
  { tenant: 'acme', proxies: ['http://acme:1'] },
  { tenant: 'acme', domain: 'SHOP.example', proxies: ['http://acme-shop:1'] },
])
const ask = (tenant: string, target?: string) => proxyFor(table, { tenant, id: 'a', target })

describe('the table of proxies', () => {
  it('takes the most exact row: domain before tenant, a longer domain before a shorter one', () => {
    expect(ask('other')).toBe('http://any:1')
    expect(ask('other', 'news.example')).toBe('http://any:1')
    expect(ask('other', 'shop.example')).toBe('http://shop:1')
    expect(ask('other', 'www.shop.example')).toBe('http://shop:1')
    expect(ask('other', 'v1.api.shop.example')).toBe('http://api:1')
    expect(ask('other', 'notshop.example')).toBe('http://any:1')
    expect(ask('acme')).toBe('http://acme:1')
    expect(ask('acme', 'shop.example')).toBe('http://acme-shop:1')
    expect(ask('acme', 'api.shop.example')).toBe('http://api:1')
  })

  it('has nothing to say where no row is meant', () => {
    const only = proxyTableSchema.parse([{ tenant: 'acme', proxies: ['http://acme:1'] }])
    expect(proxyFor(only, { tenant: 'other', id: 'a', target: undefined })).toBeUndefined()
    expect(proxyFor([], { tenant: 'acme', id: 'a', target: 'shop.example' })).toBeUndefined()
  })

  it('spreads sessions evenly, and moves only those whose proxy went', () => {
    const proxies = Array.from({ length: 5 }, (_, i) => `http://proxy-${i}:8080`)
    const before = proxyTableSchema.parse([{ proxies }])
    const after = proxyTableSchema.parse([{ proxies: proxies.slice(1).reverse() }])
    const counts = new Map<unknown, number>()
    for (let i = 0; i < 2_000; i++) {
      const question = { tenant: 't', id: `session-${i}`, target: undefined }
      const was = proxyFor(before, question)
      counts.set(was, (counts.get(was) ?? 0) + 1)
      if (was !== proxies[0]) expect(proxyFor(after, question)).toBe(was)
    }
    for (const proxy of proxies) expect(counts.get(proxy)).toBeGreaterThan(300)
  })

  it('keeps a session on a proxy whose password changes', () => {
    const row = (password: string) =>
      proxyTableSchema.parse([
        {
          proxies: [
            { server: 'http://a:1', username: 'u', password },
            { server: 'http://b:1', username: 'u', password },
          ],
        },
      ])
    for (let i = 0; i < 50; i++) {
      const question = { tenant: 't', id: `${i}`, target: undefined }
      const [one, two] = [proxyFor(row('old'), question), proxyFor(row('new'), question)]
      expect((one as { server: string }).server).toBe((two as { server: string }).server)
    }
  })
})
