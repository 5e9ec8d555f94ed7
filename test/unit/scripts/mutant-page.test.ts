import { describe, expect, it } from 'vitest'
import { mutantPage } from '../../../scripts/lib/mutant-page.ts'
import type { Mutant } from '../../../scripts/lib/mutation-score.ts'

const mutant = (file: string, status: string): Mutant => ({
  fileName: `/root/src/room/${file}`,
  mutatorName: 'EqualityOperator',
  replacement: 'a >= 0',
  location: { start: { line: 2, column: 5 }, end: { line: 2, column: 10 } },
  status,
})
const pageOf = (...runs: Mutant[][]) =>
  mutantPage(
    'room',
    runs.map((mutants, at) => ({ date: `2026-01-0${at + 1}`, command: `run ${at}`, mutants })),
    { 'a.ts': 'It cannot differ.' },
    '/root',
    () => 'const a = 1\nif (a > 0) {\n  stop()\n}\n',
  )

describe('the page of the mutants of a room', () => {
  it('has the score of each file, and what survives with its reason', () => {
    const page = pageOf([mutant('a.ts', 'Survived'), mutant('a.ts', 'Killed'), mutant('b.ts', 'Killed')])
    expect(page).toContain(' 50.0 %      1 of     2  src/room/a.ts')
    expect(page).toContain(' 66.7 %      2 of     3  in all')
    expect(page).toContain('- 2026-01-01: `run 0`')
    expect(page).toContain(
      '## src/room/a.ts\n\nIt cannot differ.\n\n```text\n2:5 EqualityOperator: a > 0 -> a >= 0\n```',
    )
    expect(page).not.toContain('## src/room/b.ts')
  })

  it('takes the last run of a file, and says where nobody has looked', () => {
    const page = pageOf([mutant('a.ts', 'Survived'), mutant('b.ts', 'Survived')], [mutant('a.ts', 'Killed')])
    expect(page).toContain(' 50.0 %      1 of     2  in all')
    expect(page).not.toContain('## src/room/a.ts')
    expect(page).toContain('## src/room/b.ts\n\nNot looked at yet.')
  })
})
