import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkFloors, type HousePlan } from '../../../scripts/lib/floors.ts'

const PLAN: HousePlan = {
  floors: { core: 0, record: 0, challenge: 1, http: 2, store: 2, session: 4, cli: 5 },
  sideways: { record: ['core'] },
  pure: ['record', 'challenge'],
  entryFloor: 4,
  entryNames: 3,
  codeLines: 20,
  long: { 'core/table.ts': 'a table' },
}

/** Writes a source tree, checks it, and takes it away again. */
function check(files: Record<string, string>, plan: Partial<HousePlan> = { long: {} }): string[] {
  const source = mkdtempSync(join(tmpdir(), 'onejar-floors-'))
  onTestFinished(() => rmSync(source, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true })
    writeFileSync(join(source, path), text)
  }
  return checkFloors(source, { ...PLAN, ...plan })
}

describe('checkFloors', () => {
  it('accepts imports that point down and enter through the index', () => {
    const found = check({
      'core/index.ts': "export { a } from './a.ts'\n",
      'core/a.ts': 'export const a = 1\n',
      'record/index.ts': "import { a } from '../core/index.ts'\nexport const b = a\n",
      'http/index.ts': "import { b } from '../record/index.ts'\nexport const c = b\n",
      'index.ts': "export { c } from './http/index.ts'\n",
    })
    expect(found).toEqual([])
  })

  it('reports an import that points up, with its line', () => {
    const found = check({
      'core/index.ts': "// why\nexport { c } from '../http/index.ts'\n",
      'http/index.ts': 'export const c = 1\n',
    })
    expect(found).toEqual(['core/index.ts:2: imports up: core/ (floor 0) from http/ (floor 2)'])
  })

  it('reports rooms of one floor that import each other, and not those that may', () => {
    const found = check({
      'core/index.ts': "import '../record/index.ts'\n",
      'record/index.ts': 'export const b = 1\n',
      'http/index.ts': "import type { S } from '../store/index.ts'\nexport type T = S\n",
      'store/index.ts': 'export type S = 1\n',
    })
    expect(found).toEqual([
      'core/index.ts:1: imports sideways: core/ from record/, both on floor 0',
      'http/index.ts:1: imports sideways: http/ from store/, both on floor 2',
    ])
  })

  it('reports a room that is entered beside its index, also by import() and in types', () => {
    const found = check({
      'core/a.ts': 'export type A = 1\n',
      'http/x.ts': "export type X = import('../core/a.ts').A\nawait import('../core/a.ts')\n",
    })
    expect(found).toEqual([
      'http/x.ts:1: enters core/ through ../core/a.ts instead of its index.ts',
      'http/x.ts:2: enters core/ through ../core/a.ts instead of its index.ts',
    ])
  })

  it('reports a cycle of files once, at the import that closes it', () => {
    const found = check({
      'core/a.ts': "import './b.ts'\n",
      'core/b.ts': "\nimport type { C } from './c.ts'\nexport type B = C\n",
      'core/c.ts': "export { a } from './a.ts'\n",
    })
    expect(found).toEqual(['core/c.ts:1: closes a cycle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts'])
  })

  it('reports a room that is not in the plan, and a file that does not exist', () => {
    const found = check({ 'attic/x.ts': 'export {}\n', 'core/a.ts': "import './gone.ts'\n" })
    expect(found).toEqual([
      'attic/x.ts:1: the room attic/ is not in the plan',
      'core/a.ts:1: imports ./gone.ts, which does not exist',
    ])
  })

  it('keeps the public entry below the commands, small, and free of export *', () => {
    const found = check({
      'cli/index.ts': 'export const run = 1\n',
      'core/index.ts': 'export const a = 1, z = 2\n',
      'index.ts':
        "export { run } from './cli/index.ts'\nexport { type A, b as B, a } from './core/index.ts'\nexport * from './core/index.ts'\n",
    })
    expect(found).toEqual([
      'index.ts:1: exports * instead of names',
      'index.ts:1: exports 5 names, and 3 is the limit',
      'index.ts:1: imports up: the public entry (floor 4.5) from cli/ (floor 5)',
    ])
  })

  it('reports I/O, clock and chance in a pure room, and not elsewhere', () => {
    const impure =
      "import { readFile } from 'node:fs/promises'\nconst t = Date.now()\nconst d = new Date()\nnew Date(t)\n"
    const found = check({ 'record/a.ts': impure, 'http/a.ts': impure })
    expect(found).toEqual([
      'record/a.ts:1: record/ is pure and imports node:fs/promises',
      'record/a.ts:2: record/ is pure and calls Date.now',
      'record/a.ts:3: record/ is pure and reads the clock with new Date()',
    ])
  })

  it('is not misled by comments, strings, templates and regular expressions', () => {
    const found = check({
      'core/a.ts': [
        "// import '../http/index.ts'",
        "/*\nimport x from '../http/index.ts'\n*/",
        `const s = "import '../http/index.ts'"`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        "const t = `import '../http/index.ts' ${`a${1}`} import('../http/index.ts')`",
        'const r = /[\'"`/*]import/, q = 4 / 2 / 1',
        'const url = import.meta.url',
        "import { b } from '../http/index.ts'",
      ].join('\n'),
      'http/index.ts': 'export const b = 1\n',
    })
    expect(found).toEqual(['core/a.ts:9: imports up: core/ (floor 0) from http/ (floor 2)'])
  })

  it('finds a dynamic import inside a template', () => {
    const found = check({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
      'core/a.ts': "const t = `${{ a: await import('../http/index.ts') }.a}`\n",
      'http/index.ts': 'export {}\n',
    })
    expect(found).toEqual(['core/a.ts:1: imports up: core/ (floor 0) from http/ (floor 2)'])
  })

  it('reports a file with more code than the plan allows, comments not counted', () => {
    const code = 'x()\n'.repeat(20)
    const found = check(
      {
        'core/full.ts': `/*\n${'why\n'.repeat(30)}*/\n${code}`,
        'core/long.ts': `${code}y()\n`,
        'core/table.ts': `${code}z()\n`,
      },
      {},
    )
    expect(found).toEqual(['core/long.ts:1: has 21 lines of code, and 20 is the limit'])
  })

  it('reports a file that may be long and needs it no more', () => {
    expect(check({ 'core/table.ts': 'x()\n' }, {})).toEqual([
      'core/table.ts:1: the plan lets it be long, and it is not',
    ])
    expect(check({ 'core/other.ts': 'x()\n' }, {})).toEqual([
      'core/table.ts:1: the plan lets it be long, and it does not exist',
    ])
  })
})
