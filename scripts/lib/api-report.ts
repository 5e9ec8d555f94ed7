import ts from 'typescript-oldest'
import type { Declarations, Declared } from './declarations.ts'
import { isHidden, reachable, specifierOf } from './reachable.ts'

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

/** A longer text is one for people, as errors have them. */
const MAX_LITERAL = 40

/**
 * What a file exports, and every type of this package that it uses, as one text of declarations without comments: it
 * changes when, and only when, what callers may write changes.
 */
export function apiReport(declarations: Declarations, entry: string): string {
  const { reached, foreign } = reachable(declarations, entry)
  const named = reached.flatMap(({ exportedAs, declared, isMade }) =>
    exportedAs === null ? [] : [{ name: exportedAs, text: textOf(declared, isMade) }],
  )
  const others = foreign.map((name) => ({ name, text: `export { ${name} } // of another package` }))
  const shown = [...named, ...others].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text)
  const hidden = reached
    .filter(({ exportedAs }) => exportedAs === null)
    .map(({ declared }) => textOf(declared, false))
    .sort()
  return [
    '```ts',
    shown.join('\n\n'),
    '```',
    ...(hidden.length === 0
      ? []
      : ['', 'Used by these, without a name of their own outside:', '', '```ts', hidden.join('\n\n'), '```']),
  ].join('\n')
}

/** The declarations as they are written, without what only the package itself can reach. */
function textOf({ nodes }: Declared, isMade: boolean): string {
  return nodes
    .map((node) => {
      const { transformed } = ts.transform(node, [tidy(isMade)])
      const text = printer.printNode(ts.EmitHint.Unspecified, transformed[0] as ts.Node, node.getSourceFile())
      return text
        .replace(/^(export )?(declare )?/, '')
        .replace(/^ {4,}/gm, (indent) => ' '.repeat(indent.length / 2))
    })
    .join('\n')
}

/** Leaves out what nobody can reach, long texts, and the files that inferred types name. */
const tidy = (isMade: boolean) => (context: ts.TransformationContext) => {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (isHidden(node, isMade)) return undefined
    if (ts.isStringLiteral(node) && node.text.length > MAX_LITERAL)
      return ts.factory.createStringLiteral('…', true)
    if (ts.isImportTypeNode(node) && isOwn(node) && node.qualifier !== undefined) {
      const args = node.typeArguments?.map((arg) => ts.visitNode(arg, visit) as ts.TypeNode)
      return ts.factory.createTypeReferenceNode(node.qualifier, args)
    }
    return ts.visitEachChild(node, visit, context)
  }
  return (node: ts.Statement) => ts.visitNode(node, visit) as ts.Statement
}

function isOwn(node: ts.ImportTypeNode): boolean {
  return specifierOf(node)?.startsWith('.') ?? false
}
