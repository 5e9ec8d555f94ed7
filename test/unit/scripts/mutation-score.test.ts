import { describe, expect, it } from 'vitest'
import { type Mutant, scoreMutants } from '../../../scripts/lib/mutation-score.ts'

const SOURCE = 'const a = 1\nif (a > 0) {\n  stop()\n}\n'

function mutant(status: string, over: Partial<Mutant> = {}): Mutant {
  return {
    fileName: '/root/src/a.ts',
    mutatorName: 'EqualityOperator',
    replacement: 'a >= 0',
    location: { start: { line: 2, column: 5 }, end: { line: 2, column: 10 } },
    status,
    ...over,
  }
}
const score = (...mutants: Mutant[]) => scoreMutants(mutants, '/root', () => SOURCE)

describe('the score of mutants', () => {
  it('counts what a test noticed, and leaves out what could not be run', () => {
    expect(score(mutant('Killed'), mutant('Timeout'), mutant('Survived'), mutant('NoCoverage')).percent).toBe(
      50,
    )
    expect(score(mutant('Killed'), mutant('CompileError'), mutant('Ignored')).percent).toBe(100)
    expect(score().percent).toBe(100)
  })

  it('names what nobody noticed, in the order of the source', () => {
    const block = {
      start: { line: 2, column: 12 },
      end: { line: 4, column: 2 },
    }
    const { lines } = score(
      mutant('NoCoverage', { location: block, replacement: '{}', mutatorName: 'BlockStatement' }),
      mutant('Survived'),
      mutant('Killed'),
    )
    expect(lines.slice(0, 2)).toEqual([
      'src/a.ts:2:5 EqualityOperator: a > 0 -> a >= 0',
      'src/a.ts:2:12 BlockStatement: { stop() } -> {} (no test comes here)',
    ])
    expect(lines.at(-1)).toBe(' 33.3 %      1 of     3  in all')
  })

  it('has a line for each file', () => {
    const { lines } = score(mutant('Killed', { fileName: '/root/src/b.ts' }), mutant('Survived'))
    expect(lines.filter((line) => line.includes('%'))).toEqual([
      '  0.0 %      0 of     1  src/a.ts',
      '100.0 %      1 of     1  src/b.ts',
      ' 50.0 %      1 of     2  in all',
    ])
  })
})
