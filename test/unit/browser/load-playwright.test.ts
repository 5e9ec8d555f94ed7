import { describe, expect, it } from 'vitest'
import { isBefore, whyNotLoaded } from '../../../src/browser/launch/load-playwright.ts'

describe('a Playwright that does not load', () => {
  it('is to be installed where it is not there', () => {
    const missing = Object.assign(
      new Error("Cannot find package 'playwright' imported from /app/onejar/dist/a.js"),
      {
        code: 'ERR_MODULE_NOT_FOUND',
      },
    )
    expect(whyNotLoaded(missing)).toMatch(/not installed .*npm install playwright$/)
  })

  it('is to be replaced where it is broken', () => {
    const broken = Object.assign(
      new Error("Cannot find module '/app/node_modules/playwright-core/index.mjs'"),
      {
        code: 'ERR_MODULE_NOT_FOUND',
      },
    )
    expect(whyNotLoaded(broken)).toMatch(/does not load: npm install playwright@latest/)
    expect(whyNotLoaded(undefined)).toMatch(/does not load/)
  })
})

describe('isBefore', () => {
  it.each([
    ['1.51.0', true],
    ['1.60.9', true],
    ['1.61.0', false],
    ['1.100.0', false],
    ['2.0.0', false],
    ['1.61.0-alpha', false],
  ])('%s before 1.61: %s', (version, before) => {
    expect(isBefore(version, [1, 61])).toBe(before)
  })
})
