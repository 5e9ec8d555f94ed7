import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript-oldest'

/** Something that declaration files declare, wherever that is. */
export interface Declared {
  readonly file: string
  /** What it is called in its file. */
  readonly name: string
  readonly nodes: readonly ts.Statement[]
}

interface Place {
  readonly file: string
  readonly name: string
}

interface Module {
  readonly declared: Map<string, ts.Statement[]>
  readonly imported: Map<string, Place>
  /** By exported name: what it is called here, or where it comes from. */
  readonly exported: Map<string, string | Place>
  /** Exported names that are handed on as types alone. */
  readonly typesOnly: Set<string>
}

/** A folder of built declaration files, read by their syntax alone: which name is declared where. */
export class Declarations {
  readonly #modules = new Map<string, Module>()

  /** The names that a file exports, sorted. */
  exportsOf(file: string): string[] {
    return [...this.#module(file).exported.keys()].sort()
  }

  /** Whether an exported name is one that exists at run time, and not a type alone. */
  isValue(file: string, name: string): boolean {
    return !this.#module(file).typesOnly.has(name)
  }

  /** What a file exports by that name; null where it comes from another package. */
  exported(file: string, name: string): Declared | null {
    const at = this.#module(file).exported.get(name)
    if (at === undefined) return null
    return typeof at === 'string' ? this.local(file, at) : this.exported(at.file, at.name)
  }

  /** What a name means inside a file; null for names of the language and of other packages. */
  local(file: string, name: string): Declared | null {
    const { declared, imported } = this.#module(file)
    const nodes = declared.get(name)
    if (nodes !== undefined) return { file, name, nodes }
    const from = imported.get(name)
    return from === undefined ? null : this.exported(from.file, from.name)
  }

  /** The file that a relative specifier names; null for another package. */
  resolve(from: string, specifier: string): string | null {
    if (!specifier.startsWith('.')) return null
    const file = join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'))
    return existsSync(file) ? file : null
  }

  #module(file: string): Module {
    const known = this.#modules.get(file) ?? this.#read(file)
    this.#modules.set(file, known)
    return known
  }

  #read(file: string): Module {
    const module: Module = {
      declared: new Map(),
      imported: new Map(),
      exported: new Map(),
      typesOnly: new Set(),
    }
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
    for (const statement of source.statements) this.#take(file, statement, module)
    return module
  }

  #take(file: string, statement: ts.Statement, module: Module): void {
    const { declared, imported, exported, typesOnly } = module
    const specifier = (statement as ts.ImportDeclaration | ts.ExportDeclaration).moduleSpecifier
    const target = specifier && ts.isStringLiteral(specifier) ? this.resolve(file, specifier.text) : null
    if (ts.isImportDeclaration(statement)) {
      const names = statement.importClause?.namedBindings
      if (target === null || names === undefined || !ts.isNamedImports(names)) return
      for (const { name, propertyName } of names.elements)
        imported.set(name.text, { file: target, name: (propertyName ?? name).text })
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) return
      for (const { name, propertyName, isTypeOnly } of statement.exportClause.elements) {
        if (isTypeOnly || statement.isTypeOnly) typesOnly.add(name.text)
        const own = (propertyName ?? name).text
        exported.set(name.text, target === null ? own : { file: target, name: own })
      }
    } else {
      for (const name of namesOf(statement)) {
        declared.set(name, [...(declared.get(name) ?? []), statement])
        if (isExported(statement)) exported.set(name, name)
      }
    }
  }
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  const { name } = statement as { readonly name?: ts.Node }
  return name === undefined ? [] : [name.getText()]
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
}
