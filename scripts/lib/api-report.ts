import ts from 'typescript-oldest'
import type { Declarations, Declared } from './declarations.ts'

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

/** A longer text is one for people, as errors have them. */
const MAX_LITERAL = 40

/**
 * What a file exports, and every type of this package that it uses, as one text of declarations without comments: it
 * changes when, and only when, what callers may write changes.
 */
export function apiReport(declarations: Declarations, entry: string): string {
  const names = declarations.exportsOf(entry)
  const open = names.map((name) => ({ shown: name, declared: declarations.exported(entry, name) }))
  const isMade = new Set(
    open.flatMap(({ shown: name, declared }) =>
      declared !== null && declarations.isValue(entry, name) ? [keyOf(declared)] : [],
    ),
  )
  const isPublic = new Set(open.flatMap(({ declared }) => (declared === null ? [] : [keyOf(declared)])))
  const seen = new Set<string>()
  const shown: string[] = []
  const beneath = new Map<string, Declared>()
  for (const { shown: name, declared } of open) {
    if (declared === null) shown.push(`export { ${name} } // of another package`)
    else shown.push(textOf(declared, isMade.has(keyOf(declared))))
  }
  const waiting = open.flatMap(({ declared }) => declared ?? [])
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(keyOf(next))) continue
    seen.add(keyOf(next))
    if (!isPublic.has(keyOf(next))) beneath.set(keyOf(next), next)
    waiting.push(...usedBy(declarations, next, isMade.has(keyOf(next))))
  }
  const hidden = [...beneath.values()].map((declared) => textOf(declared, false)).sort()
  return [
    '```ts',
    shown.join('\n\n'),
    '```',
    ...(hidden.length === 0
      ? []
      : ['', 'Used by these, without a name of their own outside:', '', '```ts', hidden.join('\n\n'), '```']),
  ].join('\n')
}

function keyOf({ file, name }: Declared): string {
  return `${file}#${name}`
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

/** Private members; constructors of classes that callers are given and do not make. */
function isHidden(node: ts.Node, isMade: boolean): boolean {
  if (ts.isConstructorDeclaration(node) && !isMade) return true
  return ts.isClassElement(node) && isPrivate(node)
}

function isPrivate(member: ts.ClassElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0
}

function isOwn(node: ts.ImportTypeNode): boolean {
  return specifierOf(node)?.startsWith('.') ?? false
}

function specifierOf({ argument }: ts.ImportTypeNode): string | undefined {
  return ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal)
    ? argument.literal.text
    : undefined
}

/** The declarations of this package that one refers to. */
function usedBy(declarations: Declarations, { file, nodes }: Declared, isMade: boolean): Declared[] {
  const used: Declared[] = []
  const take = (name: ts.Node | undefined) => {
    let first = name
    while (first && ts.isQualifiedName(first)) first = first.left
    if (first && ts.isIdentifier(first)) used.push(...[declarations.local(file, first.text) ?? []].flat())
  }
  const visit = (node: ts.Node): void => {
    if (isHidden(node, isMade)) return
    if (ts.isTypeReferenceNode(node)) take(node.typeName)
    else if (ts.isExpressionWithTypeArguments(node)) take(node.expression)
    else if (ts.isTypeQueryNode(node)) take(node.exprName)
    else if (ts.isImportTypeNode(node)) {
      const from = declarations.resolve(file, specifierOf(node) ?? '')
      const { qualifier } = node
      if (from !== null && qualifier !== undefined && ts.isIdentifier(qualifier))
        used.push(...[declarations.exported(from, qualifier.text) ?? []].flat())
    }
    ts.forEachChild(node, visit)
  }
  for (const node of nodes) visit(node)
  return used
}
