/**
 * Checks what an editor shows of the package: every name that callers can reach, and every member of it, has a docstring;
 * what throws an OnejarError says so; and the error codes that docstrings name exist. Prints each place that does not.
 */
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript-oldest'
import { ERRORS } from '../src/core/index.ts'
import { Declarations, type Declared } from './lib/declarations.ts'
import { codesThrown, silentThrowers, undocumented } from './lib/docstring-gaps.ts'
import { withDeclarations } from './lib/emit-declarations.ts'
import { reachable } from './lib/reachable.ts'
import { throwingIn } from './lib/throwing.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const complaints = withDeclarations(ROOT, (subpaths, out) => {
  const declarations = new Declarations()
  const all = subpaths.flatMap(({ entry }) => reachable(declarations, entry).reached)
  const found = new Set<string>()
  for (const { declared, isMade } of all) {
    const source = relative(out, declared.file).replace(/\.d\.ts$/, '.ts')
    const at = `src/${source}`
    for (const gap of undocumented(declared.name, declared.nodes, isMade))
      found.add(`${at}: ${gap}: no docstring`)
    for (const gap of silentThrowers(declared.name, declared.nodes, throwingOf(`${ROOT}${at}`)))
      found.add(`${at}: ${gap}: throws an OnejarError, and has no @throws`)
    for (const code of unknownCodes(declared)) found.add(`${at}: ${declared.name}: there is no error ${code}`)
  }
  return [...found].sort()
})

for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
if (complaints.length > 0) {
  process.stderr.write(`${complaints.length} gaps in what editors show of the package\n`)
  process.exitCode = 1
}

function throwingOf(path: string): Set<string> {
  if (!existsSync(path)) return new Set()
  return throwingIn(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true))
}

function unknownCodes({ nodes }: Declared): string[] {
  return codesThrown(nodes).filter((code) => !Object.hasOwn(ERRORS, code))
}
