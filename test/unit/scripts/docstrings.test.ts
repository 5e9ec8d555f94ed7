import ts from 'typescript-oldest'
import { describe, expect, it } from 'vitest'
import { codesThrown, silentThrowers, undocumented } from '../../../scripts/lib/docstring-gaps.ts'
import { throwingIn } from '../../../scripts/lib/throwing.ts'

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('a.d.ts', text, ts.ScriptTarget.Latest, true)
}

/** What a declaration of `Thing` has no docstring for. */
function gapsOf(text: string, isMade = false): string[] {
  return undocumented('Thing', parse(text).statements, isMade)
}

describe('undocumented', () => {
  it('reports a declaration, and each public member, without a docstring', () => {
    expect(gapsOf('export interface Thing {\n/** Said. */ a: string; b?: string; c(): void }')).toEqual([
      'Thing',
      'Thing.b',
      'Thing.c',
    ])
    expect(gapsOf('/** Said. */ export type Thing = string')).toEqual([])
    expect(gapsOf('// not a docstring\nexport declare function Thing(): void')).toEqual(['Thing'])
  })

  it('leaves out what callers cannot reach, and what the language or a schema says', () => {
    const shape =
      '#hidden; private old; constructor(a: string); [Symbol.asyncDispose](): Promise<void>; toJSON(): string'
    expect(gapsOf(`/** Said. */ export declare class Thing { ${shape} }`)).toEqual([])
    expect(gapsOf(`/** Said. */ export declare class Thing { ${shape} }`, true)).toEqual([
      'Thing.constructor',
    ])
    expect(gapsOf('export declare const Thing: z.ZodObject<{ a: z.ZodString }>')).toEqual([])
    expect(gapsOf('export declare const Thing: { readonly a: 1 }')).toEqual(['Thing'])
  })

  it('takes the docstring of the first of several signatures for all of them', () => {
    const both = '\n/** Said. */ get(a: string): void; get(a: number): void'
    expect(gapsOf(`/** Said. */ export declare class Thing { ${both} }`)).toEqual([])
  })
})

describe('throwingIn', () => {
  it('finds what throws an OnejarError itself, or through another function of the file', () => {
    const source = parse(`export function plain() { return 1 }
      function refuse() { throw new OnejarError('ONEJAR_CLOSED', 'closed') }
      export async function open() { refuse() }
      export class Thing {
        get direct() { this.#parts.assertOpen(); return 1 }
        through() { return this.#inner() }
        #inner() { return parseOptions(schema, {}, 'x') }
        other() { return other.through() }
        quiet() { return plain() }
      }`)
    expect([...throwingIn(source)].sort()).toEqual([
      'Thing.#inner',
      'Thing.direct',
      'Thing.through',
      'open',
      'refuse',
    ])
  })
})

describe('silentThrowers', () => {
  it('reports what throws and does not say so', () => {
    const { statements } = parse(`/** Said. */ export declare class Thing {
      /** Said. @throws OnejarError ONEJAR_CLOSED */ a(): void
      /** Said. */ b(): void
      /** Said. */ c(): void
    }`)
    expect(silentThrowers('Thing', statements, new Set(['Thing.a', 'Thing.b']))).toEqual(['Thing.b'])
  })
})

describe('codesThrown', () => {
  it('reads the codes of @throws tags, over several lines, and no other words of that form', () => {
    const { statements } = parse(`/**
      * Reads ONEJAR_HOME.
      *
      * @throws OnejarError ONEJAR_CLOSED when it is closed,
      * ONEJAR_BAD_URL
      * @returns ONEJAR_KEYS
      */
      export declare function open(): void`)
    expect(codesThrown(statements)).toEqual(['ONEJAR_CLOSED', 'ONEJAR_BAD_URL'])
  })
})
