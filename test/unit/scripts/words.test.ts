import { describe, expect, it } from 'vitest'
import { PRIVATE_WORDS } from '../../../scripts/lib/private-words.ts'
import { findPrivateWords } from '../../../scripts/lib/words.ts'

const TABLE = [{ say: 'solve', prose: /\bvisits?\b/i, name: /\bvisits?\b/, bad: '', fine: '' }]

/** Where the table's one word is found: line and text. */
function find(path: string, content: string): string[] {
  return findPrivateWords(path, content, TABLE).map(({ line, found }) => `${line} ${found}`)
}

describe('findPrivateWords', () => {
  it('looks into comments and sentences of source, with their lines', () => {
    expect(find('a.ts', '// a visit\n/**\n * two\n * visits\n */\n')).toEqual(['1 visit', '4 visits'])
    expect(find('a.ts', "throw new Error('The visit failed')\n")).toEqual(['1 visit'])
    expect(find('a.ts', 'log(`$' + '{a} of\nthe $' + '{b} visit`)\n')).toEqual(['2 visit'])
  })

  it('reports every place of a page, and a phrase that goes over the end of a line', () => {
    expect(find('docs/a.md', '# A visit\n\nTwo visits, a visit.\n')).toEqual([
      '1 visit',
      '3 visits',
      '3 visit',
    ])
    const words = [{ say: 'x', prose: /\bgo\s+before\b/, bad: '', fine: '' }]
    expect(findPrivateWords('a.md', 'they go\nbefore it', words)).toEqual([
      { line: 1, found: 'go before', say: 'x' },
    ])
  })

  it('takes identifiers and file names apart', () => {
    expect(find('a.ts', 'const maxVisits = new VISIT_QUEUE()\nmaxVisits()\n')).toEqual([
      '1 visits',
      '1 visit',
    ])
    expect(find('src/visits/visit-queue.ts', '')).toEqual(['0 visits', '0 visit'])
    expect(find('a.ts', 'visitor()\n')).toEqual([])
  })

  it('leaves stored words, code and addresses alone', () => {
    expect(find('a.ts', "record.value('visit', /visit/, `visit`.length)\n// the kind `visit`\n")).toEqual([])
    expect(find('a.md', '`visit` [page](visit.md)\n```ts\nvisit()\n```\n<!-- visit -->\n')).toEqual([])
  })

  it('stays on the right line behind code', () => {
    expect(find('a.md', '```\n\n\n```\n\nvisit\n')).toEqual(['6 visit'])
  })
})

describe('the table of private words', () => {
  it.each(PRIVATE_WORDS)('reports "$bad" and not "$fine"', ({ bad, fine, prose, name }) => {
    const inProse = (text: string) => findPrivateWords('a.md', text).length > 0
    const row = [{ say: '', ...(prose && { prose }), ...(name && { name }), bad, fine }]
    expect(findPrivateWords('a.md', bad, row)).not.toEqual([])
    expect(inProse(fine)).toBe(false)
  })
})
