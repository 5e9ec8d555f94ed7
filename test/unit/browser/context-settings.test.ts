import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contextSettings } from '../../../src/browser/context-settings.ts'
import { contextOptionsSchema } from '../../../src/client/options/context-options.ts'
import { acceptLanguageFor } from '../../../src/core/index.ts'
import { temporaryFolder } from '../../support/broker.ts'

const recorded = { name: 'a-hash', count: 2 }

describe('the settings of a context', () => {
  it('are Playwright’s, without what is not set', () => {
    const settings = {
      locale: 'de-DE',
      timezoneId: undefined,
      viewport: null,
      geolocation: { latitude: 1, longitude: 2, accuracy: undefined },
    }
    const made = contextSettings(settings, recorded)
    expect(Object.entries(made)).toEqual([
      ['locale', 'de-DE'],
      ['viewport', null],
      ['geolocation', { latitude: 1, longitude: 2 }],
    ])
    expect(Object.keys(made.geolocation ?? {})).toEqual(['latitude', 'longitude'])
  })

  it('name each HAR for the session and the context, in a folder that nobody else can read', () => {
    using folder = temporaryFolder()
    const dir = join(folder.path, 'hars')
    const settings = { recordHar: { dir, content: 'omit' as const }, recordVideo: { dir } }
    const paths = [1, 2].map(
      (count) => contextSettings(settings, { name: 'a-hash', count }).recordHar?.path ?? '',
    )
    expect(paths[1]).toMatch(/\/hars\/a-hash-\d{8}T\d{6}Z-2\.har$/)
    expect(paths[0]).not.toBe(paths[1])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(contextSettings(settings, recorded).recordVideo).toEqual({ dir })
  })

  it('record nothing of a context that nobody is to see', () => {
    using folder = temporaryFolder()
    const dir = join(folder.path, 'none')
    expect(contextSettings({ recordHar: { dir }, recordVideo: { dir } }, null)).toEqual({})
    expect(existsSync(dir)).toBe(false)
  })
})

describe('contextOptions', () => {
  it.each([
    [{ userAgent: 'x' }, 'userAgent'],
    [{ proxy: {} }, 'proxy'],
    [{ locale: 'not a locale' }, 'locale'],
    [{ timezoneId: 'Europe/Atlantis' }, 'timezoneId'],
    [{ viewport: { width: 0, height: 1 } }, 'viewport'],
    [{ geolocation: { latitude: 91, longitude: 0 } }, 'geolocation'],
    [{ recordHar: { path: 'x.har' } }, 'recordHar'],
    [{ recordVideo: {} }, 'recordVideo'],
    [{ permissions: 'geolocation' }, 'permissions'],
  ])('are not %j', (options, where) => {
    const { error } = contextOptionsSchema.safeParse(options)
    expect(JSON.stringify(error?.issues)).toContain(where)
  })

  it('are what Playwright takes', () => {
    const options = {
      locale: 'de-DE',
      timezoneId: 'Europe/Berlin',
      viewport: null,
      permissions: ['geolocation'],
      geolocation: { latitude: 52.5, longitude: 13.4 },
      colorScheme: 'dark',
    }
    expect(contextOptionsSchema.parse(options)).toEqual(options)
  })
})

it('says a language over HTTP as Chromium does', () => {
  expect(acceptLanguageFor('de-DE')).toBe('de-DE,de;q=0.9')
  expect(acceptLanguageFor('fr')).toBe('fr')
})
