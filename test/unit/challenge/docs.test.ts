import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renewPage } from '../../../scripts/docs-challenges.ts'

describe('docs/challenges.md', () => {
  it('has the table as the code has it: run node scripts/docs-challenges.ts', () => {
    const page = readFileSync(new URL('../../../docs/challenges.md', import.meta.url), 'utf8')
    expect(page).toBe(renewPage(page))
  })

  it('is refused without its markers', () => {
    expect(() => renewPage('# Challenges')).toThrow('markers')
  })
})
