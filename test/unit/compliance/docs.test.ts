import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renewPage } from '../../../scripts/docs-policy.ts'

const PAGE = new URL('../../../docs/compliance.md', import.meta.url)

describe('docs/compliance.md', () => {
  it('has the policy and the trackers as the code has them: run node scripts/docs-policy.ts', () => {
    const page = readFileSync(PAGE, 'utf8')
    expect(page).toBe(renewPage(page))
  })

  it('is refused without its markers', () => {
    expect(() => renewPage('# Compliance')).toThrow('markers')
  })
})
