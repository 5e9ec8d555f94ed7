import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { exportedNames, findImports, type Import } from './imports.ts'
import { type Token, tokenize } from './tokens.ts'

/** How the house is laid out. */
export interface HousePlan {
  /** Floor of each room (a folder of the source tree); imports point down. */
  readonly floors: Readonly<Record<string, number>>
  /** What a room may import from its own floor. */
  readonly sideways: Readonly<Record<string, readonly string[]>>
  /** Rooms that do no I/O and read neither clock nor chance. */
  readonly pure: readonly string[]
  /** The highest floor that the public entry (`index.ts` beside the rooms) may show. */
  readonly entryFloor: number
  /** How many names the public entry may have, types included. */
  readonly entryNames: number
  /** How many lines of code a file may have; comments and blank lines do not count. */
  readonly codeLines: number
  /** Files that may have more, each with the reason. */
  readonly long: Readonly<Record<string, string>>
}

interface SourceFile {
  /** Relative to the source tree, with slashes. */
  readonly path: string
  readonly room: string | null
  readonly tokens: readonly Token[]
  readonly imports: readonly Import[]
}

const IMPURE_MODULE =
  /^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|inspector|net|os|perf_hooks|process|readline|sqlite|timers|tls|worker_threads)(\/|$)/
const IMPURE_CALLS = [
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]

/**
 * Every place where a source tree breaks its plan, as `file:line: what`, sorted. Imports of types count like the others:
 * a cycle of types is a cycle for the reader.
 */
export function checkFloors(source: string, plan: HousePlan): string[] {
  const files = new Map(readTree(source).map((file) => [file.path, file]))
  const found: string[] = []
  for (const file of files.values()) {
    const report = (line: number, what: string) => found.push(`${file.path}:${line}: ${what}`)
    if (file.room !== null && plan.floors[file.room] === undefined)
      report(1, `the room ${file.room}/ is not in the plan`)
    for (const one of file.imports) checkImport(file, one, files, plan, report)
    if (file.room !== null && plan.pure.includes(file.room)) checkPure(file, report)
    if (posix.basename(file.path) === 'index.ts') checkIndex(file, plan, report)
    checkLength(file, plan, report)
  }
  for (const path of Object.keys(plan.long)) {
    if (!files.has(path)) found.push(`${path}:1: the plan lets it be long, and it does not exist`)
  }
  return [...found, ...findCycles(files)].sort()
}

type Report = (line: number, what: string) => void

function checkImport(
  file: SourceFile,
  { specifier, line }: Import,
  files: ReadonlyMap<string, SourceFile>,
  plan: HousePlan,
  report: Report,
): void {
  if (!specifier.startsWith('.')) return
  const target = resolve(file, specifier)
  if (target.startsWith('../')) return // package.json and the like
  const room = roomOf(target)
  if (specifier.endsWith('.ts') && !files.has(target)) {
    report(line, `imports ${specifier}, which does not exist`)
    return
  }
  if (room === file.room) return
  const from = file.room === null ? plan.entryFloor + 0.5 : plan.floors[file.room]
  const to = room === null ? plan.entryFloor + 0.5 : plan.floors[room]
  if (from === undefined || to === undefined) return // said once, for the room
  if (to > from)
    report(line, `imports up: ${name(file.room)} (floor ${from}) from ${name(room)} (floor ${to})`)
  else if (to === from && !plan.sideways[file.room ?? '']?.includes(room ?? '')) {
    report(line, `imports sideways: ${name(file.room)} from ${name(room)}, both on floor ${to}`)
  }
  if (room !== null && target !== `${room}/index.ts`) {
    report(line, `enters ${room}/ through ${specifier} instead of its index.ts`)
  }
}

function checkPure(file: SourceFile, report: Report): void {
  for (const { specifier, line } of file.imports) {
    if (IMPURE_MODULE.test(specifier)) report(line, `${file.room}/ is pure and imports ${specifier}`)
  }
  file.tokens.forEach((token, at) => {
    const next = file.tokens.slice(at + 1, at + 4).map(({ text }) => text)
    const call = `${token.text}${next.slice(0, 2).join('')}`
    if (IMPURE_CALLS.includes(call)) report(token.line, `${file.room}/ is pure and calls ${call}`)
    if (token.text === 'new' && next[0] === 'Date' && (next[1] !== '(' || next[2] === ')')) {
      report(token.line, `${file.room}/ is pure and reads the clock with new Date()`)
    }
  })
}

function checkIndex(file: SourceFile, plan: HousePlan, report: Report): void {
  const names = exportedNames(file.tokens)
  if (names.includes('*')) report(1, 'exports * instead of names')
  if (file.room === null && names.length > plan.entryNames) {
    report(1, `exports ${names.length} names, and ${plan.entryNames} is the limit`)
  }
}

function checkLength(file: SourceFile, plan: HousePlan, report: Report): void {
  const lines = new Set(file.tokens.map(({ line }) => line)).size
  const isLong = lines > plan.codeLines
  if (isLong && plan.long[file.path] === undefined) {
    report(1, `has ${lines} lines of code, and ${plan.codeLines} is the limit`)
  }
  if (!isLong && plan.long[file.path] !== undefined) report(1, 'the plan lets it be long, and it is not')
}

/** One report per cycle of files, at the import that closes it. */
function findCycles(files: ReadonlyMap<string, SourceFile>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: SourceFile): void => {
    path.push(file.path)
    for (const { specifier, line } of file.imports) {
      const target = specifier.startsWith('.') ? files.get(resolve(file, specifier)) : undefined
      if (!target || done.has(target.path)) continue
      const start = path.indexOf(target.path)
      if (start < 0) visit(target)
      else
        found.push(
          `${file.path}:${line}: closes a cycle: ${[...path.slice(start), target.path].join(' -> ')}`,
        )
    }
    path.pop()
    done.add(file.path)
  }
  for (const file of files.values()) if (!done.has(file.path)) visit(file)
  return found
}

function readTree(source: string): SourceFile[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && statSync(join(source, path)).isFile())
    .sort()
    .map((native) => {
      const path = relative(source, join(source, native)).split(sep).join('/')
      const tokens = tokenize(readFileSync(join(source, native), 'utf8'))
      return { path, room: roomOf(path), tokens, imports: findImports(tokens) }
    })
}

function resolve(file: SourceFile, specifier: string): string {
  return posix.normalize(`${dirname(file.path)}/${specifier}`)
}

function roomOf(path: string): string | null {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : null
}

function name(room: string | null): string {
  return room === null ? 'the public entry' : `${room}/`
}
