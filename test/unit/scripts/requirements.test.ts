import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandOf, REQUIREMENTS } from '../../../scripts/lib/requirements.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

describe('the table of requirements', () => {
  it.each(REQUIREMENTS.map((row) => [row.promise, row] as const))(
    'names what is there: %s',
    (_promise, { test, script }) => {
      if (script !== undefined) {
        expect(existsSync(new URL(`../../../${script[0]}`, import.meta.url))).toBe(true)
        return
      }
      const [file = '', title = ''] = test ?? []
      // Titles may be made from a table: the words that are looked for are not.
      expect(read(file)).toContain(title)
    },
  )

  it('has each promise once, and one way to show it', () => {
    expect(new Set(REQUIREMENTS.map(({ promise }) => promise)).size).toBe(REQUIREMENTS.length)
    for (const { test, script } of REQUIREMENTS)
      expect((test === undefined) !== (script === undefined)).toBe(true)
  })

  it('is on its page', () => {
    const page = read('docs/requirements.md')
    for (const row of REQUIREMENTS) expect(page).toContain(`| ${row.promise} | \`${commandOf(row)}\` |`)
  })
})
