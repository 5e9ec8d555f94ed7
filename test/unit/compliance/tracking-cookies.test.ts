import { describe, expect, it } from 'vitest'
import { TRACKERS, trackerOf } from '../../../src/compliance/index.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'

describe('trackerOf', () => {
  it.each([
    ['_ga', 'Google Analytics'],
    ['_ga_1A2B3C4D5E', 'Google Analytics'],
    ['_gid', 'Google Analytics'],
    ['_gat_UA-123-1', 'Google Analytics'],
    ['__utmz', 'Google Analytics'],
    ['utm_source', 'Google Analytics'],
    ['_gcl_au', 'Google Ads'],
    ['_fbp', 'Meta'],
    ['_fbc', 'Meta'],
    ['_uetsid', 'Microsoft Advertising'],
    ['_hjSessionUser_123', 'Hotjar'],
    ['ajs_anonymous_id', 'Segment'],
    ['amplitude_id_0123456789abcdef', 'Amplitude'],
    ['mp_0123456789abcdef_mixpanel', 'Mixpanel'],
    ['_pk_id.1.1fff', 'Matomo'],
    ['_ga_line\nfeed', 'Google Analytics'],
    ['_ce.s', 'Crazy Egg'],
  ])('%s is of %s', (name, vendor) => {
    expect(trackerOf(name, 'shop.example')).toBe(vendor)
  })

  it.each([
    'session',
    'sessionid',
    '_gallery',
    '_cex',
    '_gate',
    '_gitlab_session',
    '_GA',
    'x_ga',
    'utm',
    'mp_cart',
    'ampersand',
    'cf_clearance',
    '__cf_bm',
    '_abck',
    'bm_sz',
    'datadome',
    '_px3',
    'incap_ses_1',
    'aws-waf-token',
    'reese84',
    'XSRF-TOKEN',
    '_csrf',
    '__Host-id',
    '',
    'toString',
  ])('%s is nobody’s', (name) => {
    expect(trackerOf(name, 'shop.example')).toBeNull()
  })

  it('knows names that mean it at one domain only', () => {
    expect(trackerOf('IDE', 'doubleclick.net')).toBe('Google Ads')
    expect(trackerOf('IDE', 'ad.doubleclick.net')).toBe('Google Ads')
    expect(trackerOf('IDE', 'shop.example')).toBeNull()
    expect(trackerOf('IDE', 'notdoubleclick.net')).toBeNull()
  })

  it('is quick with names that are made to be slow', () => {
    const startedAt = cpuTimeMs()
    for (const row of TRACKERS) {
      for (const name of row.names)
        trackerOf(name.replaceAll('*', `${'_ga_'.repeat(1000)}mixpane`), 'shop.example')
    }
    expect(cpuTimeMs() - startedAt).toBeLessThan(1000)
  })

  it('has a vendor and a source for each row', () => {
    for (const { vendor, source, names } of TRACKERS) {
      expect(vendor).not.toBe('')
      expect(source).toMatch(/^[\w.-]+\.[a-z]+(?:\/\S*)?$/)
      expect(names.length).toBeGreaterThan(0)
    }
  })
})
