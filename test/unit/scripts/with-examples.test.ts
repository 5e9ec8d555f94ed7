import { describe, expect, it } from 'vitest'
import { withExamples } from '../../../scripts/lib/with-examples.ts'

const read = (path: string) => `// ${path}\nrun()\n`

describe('the code of examples in a page', () => {
  it('is put after the line that names it, and replaced when it was there', () => {
    const page = '# A\n\n<!-- example: a/b.mjs -->\n\nText\n'
    const once = withExamples(page, read)
    expect(once).toBe('# A\n\n<!-- example: a/b.mjs -->\n\n```js\n// a/b.mjs\nrun()\n```\n\nText\n')
    expect(withExamples(once, read)).toBe(once)
    expect(withExamples(once, () => 'other()')).toContain('```js\nother()\n```\n\nText')
  })

  it('leaves other blocks alone, also one that follows', () => {
    const page = '<!-- example: a.py -->\n\n```python\nold\n```\n\n```sh\nkept\n```\n'
    expect(withExamples(page, read)).toBe(
      '<!-- example: a.py -->\n\n```python\n// a.py\nrun()\n```\n\n```sh\nkept\n```\n',
    )
    expect(withExamples('```sh\nkept\n```\n', read)).toBe('```sh\nkept\n```\n')
  })

  it('is refused for a file of no known kind', () => {
    expect(() => withExamples('<!-- example: a.exe -->\n', read)).toThrow('a.exe: no language')
  })
})
