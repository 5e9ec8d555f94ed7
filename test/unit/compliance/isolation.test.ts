import { describe, expect, it } from 'vitest'
import {
  BEHAVIOURS,
  ISOLATION_EFFECTS,
  ISOLATION_PRESETS,
  JURISDICTIONS,
} from '../../../src/compliance/isolation/isolation-matrix.ts'
import { isolationPlan, isolationSchema } from '../../../src/compliance/isolation/isolation-options.ts'
import { personalHeaders } from '../../../src/compliance/personal/personal-headers.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'

const plan = (options: object, tenant = 'default') => isolationPlan(isolationSchema.parse(options), tenant)

describe('the presets', () => {
  it.each(JURISDICTIONS)(
    '%s decides about each behaviour, and what it does is written down',
    (jurisdiction) => {
      const matrix = ISOLATION_PRESETS[jurisdiction]
      expect(Object.keys(matrix).sort()).toEqual([...BEHAVIOURS].sort())
      for (const behaviour of BEHAVIOURS) {
        const decision = matrix[behaviour]
        if (decision !== 'allow') expect(ISOLATION_EFFECTS[behaviour][decision]).toMatch(/\w/)
      }
    },
  )

  it('allow everything where nobody has chosen one', () => {
    const { jurisdiction, matrix } = plan({})
    expect([jurisdiction, new Set(Object.values(matrix))]).toEqual(['neutral', new Set(['allow'])])
  })
})

describe('the plan of a tenant', () => {
  const options = {
    jurisdiction: 'gdpr',
    matrix: { share: 'deny' },
    region: 'eu',
    retainMs: 86_400_000,
    tenants: {
      acme: { jurisdiction: 'ccpa', region: 'us' },
      strict: { matrix: { persist: 'deny' } },
    },
  }

  it('is the broker’s, with the rows that were laid over its preset', () => {
    const { jurisdiction, matrix, region, retainMs } = plan(options)
    expect([jurisdiction, matrix.share, matrix.persist, region, retainMs]).toEqual([
      'own',
      'deny',
      'transform',
      'eu',
      86_400_000,
    ])
  })

  it('is its own preset without the broker’s rows where it has one', () => {
    const { jurisdiction, matrix, region } = plan(options, 'acme')
    expect([jurisdiction, matrix, region]).toEqual(['ccpa', ISOLATION_PRESETS.ccpa, 'us'])
  })

  it('has rows of its own over the broker’s', () => {
    const { matrix } = plan(options, 'strict')
    expect([matrix.persist, matrix.share, matrix.retain]).toEqual(['deny', 'deny', 'transform'])
  })

  it.each(['__proto__', 'constructor'])('is the broker’s for a tenant called %s', (tenant) => {
    expect(plan(options, tenant).region).toBe('eu')
  })
})

describe('the options', () => {
  it('take each decision for each row, and regions of proxies', () => {
    const matrix = (decision: string) =>
      Object.fromEntries(BEHAVIOURS.filter((row) => row !== 'otherRegion').map((row) => [row, decision]))
    for (const decision of ['allow', 'deny', 'transform'])
      expect(plan({ jurisdiction: 'gdpr', matrix: matrix(decision) }).matrix).toMatchObject(matrix(decision))
    for (const otherRegion of ['allow', 'deny'])
      expect(plan({ matrix: { otherRegion } }).matrix.otherRegion).toBe(otherRegion)
    const hosts = { '10.0.0.1': 'eu', ['x'.repeat(253)]: 'us' }
    expect(plan({ proxyRegions: hosts })).toMatchObject({ proxyRegions: hosts, retainMs: 30 * 86_400_000 })
    for (const host of ['', 'x'.repeat(254)])
      expect(isolationSchema.safeParse({ proxyRegions: { [host]: 'eu' } }).success).toBe(false)
  })

  it('that are undefined leave the preset as it is', () => {
    expect(plan({ jurisdiction: 'gdpr', matrix: { persist: undefined } })).toMatchObject({
      jurisdiction: 'gdpr',
      matrix: ISOLATION_PRESETS.gdpr,
    })
  })

  it.each([
    { jurisdiction: 'mars' },
    { matrix: { persist: 'perhaps' } },
    { matrix: { otherRegion: 'transform' } },
    { matrix: { fly: 'deny' } },
    { retainMs: 1 },
    { tenants: { acme: { tenants: {} } } },
  ])('refuse %j', (options) => {
    expect(isolationSchema.safeParse(options).success).toBe(false)
  })
})

describe('headers', () => {
  it.each([
    ['x-user', 'ann@shop.example', ['email']],
    ['X-User', 'ann%40shop.example', ['email']],
    ['x-forwarded-for', '203.0.113.7', ['ip']],
    ['x-contact', 'tel +49 30 901820', ['phone']],
    ['x-both', 'ann@shop.example, 2001:db8::1', ['email', 'ip']],
    ['authorization', 'Basic ann@shop.example', null],
    ['x-id', '+4930901820x', null],
    ['from', 'bot@shop.example', null],
    ['user-agent', 'bot (+mailto:bot@shop.example)', null],
    ['cookie', 'u=ann@shop.example', null],
    ['x-request-id', '4f0c2f9e-3a6b-4c1e-8a57-0c2f9e3a6b4c', null],
    ['x-trace', '1234567890123456', null],
    ['if-none-match', '"3e86-410-3596fbbc"', null],
    ['x-forwarded-for', '127.0.0.1', null],
  ])('%s: %s', (name, value, kinds) => {
    expect(personalHeaders(['accept', '*/*', name, value])).toEqual(
      kinds === null ? [] : [{ name: name.toLowerCase(), kinds }],
    )
  })

  it('are looked over in bounded time', () => {
    const startedAt = cpuTimeMs()
    personalHeaders(['x', '@'.repeat(200_000), 'y', `+${'1 '.repeat(100_000)}`, 'z', ':'.repeat(200_000)])
    expect(cpuTimeMs() - startedAt).toBeLessThan(1_000)
  })
})
