import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renewPage } from '../../../scripts/docs-challenges.ts'
import { Classifier, type Signal } from '../../../src/challenge/index.ts'

const PAGE = new URL('../../../docs/challenges.md', import.meta.url)

describe('docs/challenges.md', () => {
  it('shows rows of a user that work as it says', () => {
    const rows = /^ {2}signals: (\[\n.*?^ {2}\]),$/ms.exec(readFileSync(PAGE, 'utf8'))?.[1]
    const signals = new Function(`return ${rows}`)() as Signal[]
    const judge = (gate: string) =>
      new Classifier({ signals }).judge(
        { url: 'https://acme.example/', method: 'GET', statusCode: 200, headers: { 'x-acme-gate': gate } },
        '',
        true,
      )
    expect(judge('please wait')).toMatchObject({ kind: 'js-challenge', vendor: 'acme' })
    expect(judge('open').kind).toBe('ok')
  })

  it('has the table as the code has it: run node scripts/docs-challenges.ts', () => {
    const page = readFileSync(PAGE, 'utf8')
    expect(page).toBe(renewPage(page))
  })

  it('is refused without its markers', () => {
    expect(() => renewPage('# Challenges')).toThrow('markers')
  })
})
