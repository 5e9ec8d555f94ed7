import { describe, expect, it } from 'vitest'
import * as zod from 'zod'
import { SIGNALS, signalSchema } from '../../../src/challenge/index.ts'

describe('the table of signals', () => {
  it('has rows of the form that users are held to', () => {
    for (const row of SIGNALS) {
      const result = signalSchema(zod).safeParse(row)
      expect(result.success, `${row.id}: ${JSON.stringify(result.error?.issues)}`).toBe(true)
    }
  })

  it('has an id for each row', () => {
    const ids = SIGNALS.map((row) => row.id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('gives no weight to mere presence, and some to everything else', () => {
    for (const row of SIGNALS) expect(row.weight > 0, row.id).toBe(row.verdict !== 'present')
  })

  it('covers the vendors it is meant to', () => {
    const vendors = new Set(SIGNALS.map((row) => row.vendor))
    for (const vendor of [
      ...[
        'cloudflare',
        'aws-waf',
        'akamai',
        'imperva',
        'datadome',
        'human',
        'kasada',
        'sucuri',
        'ddos-guard',
        'vercel',
      ],
      ...[
        'f5',
        'anubis',
        'go-away',
        'bunkerweb',
        'altcha',
        'friendly-captcha',
        'hcaptcha',
        'recaptcha',
        'geetest',
      ],
    ]) {
      expect(vendors).toContain(vendor)
    }
  })

  it('does not decide by a title, a text or a noscript alone outside a gate', () => {
    for (const row of SIGNALS) {
      if (!['title', 'text', 'noscript'].includes(row.in) || row.verdict === 'present') continue
      const bound = row.when === 'gate' || row.status !== undefined || row.weight >= 0.85
      expect(bound, row.id).toBe(true)
    }
  })
})
