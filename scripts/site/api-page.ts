import ts from 'typescript-oldest'
import type { Declarations, Declared } from '../lib/declarations.ts'
import { isHidden, reachable } from '../lib/reachable.ts'

/** A docstring in parts. */
interface Doc {
  readonly text: string
  readonly params: readonly string[]
  readonly throws: string
  readonly examples: readonly string[]
  readonly isDeprecated: boolean
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

/** The page of a subpath in Markdown, made from the docstrings of what it exports: functions and classes first. */
export function apiPage(specifier: string, declarations: Declarations, entry: string): string {
  const named = reachable(declarations, entry).reached.flatMap(({ exportedAs, declared, isMade }) =>
    exportedAs === null ? [] : [{ name: exportedAs, declared, isMade }],
  )
  const rank = ({ nodes }: Declared) => {
    if (nodes.some(ts.isFunctionDeclaration)) return 0
    if (nodes.some(ts.isClassDeclaration)) return 1
    return nodes.some(ts.isVariableStatement) ? 2 : 3
  }
  const sorted = named.sort((a, b) => rank(a.declared) - rank(b.declared) || (a.name < b.name ? -1 : 1))
  const parts = sorted.map(({ name, declared, isMade }) => section(name, declared, isMade))
  return `# API: \`${specifier}\`\n\nWhat the module exports, with the docstrings that an editor shows.\n\n${parts.join('\n')}`
}

function section(name: string, { nodes }: Declared, isMade: boolean): string {
  const doc = docOf(nodes.map((node) => docOf(node)).find(({ text }) => text !== '') ?? nodes[0])
  const isWhole = nodes.some((node) => !hasMembers(node))
  const code = isWhole ? ['```ts', ...nodes.map(shown), '```', ''] : []
  const lines = [`## ${name}`, '', ...code, ...blockOf(doc)]
  for (const node of nodes) if (hasMembers(node)) lines.push(...membersOf(node, isMade))
  return `${lines.join('\n')}\n`
}

function hasMembers(node: ts.Node): node is ts.ClassDeclaration | ts.InterfaceDeclaration {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
}

/** Members of a class each have a heading; those of an interface are a list. */
function membersOf(node: ts.ClassDeclaration | ts.InterfaceDeclaration, isMade: boolean): string[] {
  const members = [...node.members].filter((member) => !isHidden(member, isMade))
  return members.flatMap((member) => {
    const doc = docOf(member)
    if (doc.isDeprecated) return []
    const name = member.name?.getText() ?? 'constructor'
    if (ts.isInterfaceDeclaration(node))
      return [`- \`${oneLine(shown(member))}\`${doc.text === '' ? '' : `: ${oneLine(doc.text)}`}`]
    if (name.startsWith('[')) return []
    return [`### ${node.name?.text ?? ''}.${name}`, '', '```ts', shown(member), '```', '', ...blockOf(doc)]
  })
}

function blockOf({ text, params, throws, examples }: Doc): string[] {
  return [
    ...(text === '' ? [] : [text, '']),
    ...params.map((param) => `- ${param}`),
    ...(params.length === 0 ? [] : ['']),
    ...(throws === '' ? [] : [`Throws: ${throws}`, '']),
    ...examples.flatMap((example) => [example, '']),
  ]
}

function docOf(node: ts.Node | Doc | undefined): Doc {
  const empty = { text: '', params: [], throws: '', examples: [], isDeprecated: false }
  if (node === undefined) return empty
  if ('examples' in node) return node
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const tags = docs.flatMap(({ tags = [] }) => [...tags])
  const said = (tag: ts.JSDocTag) => (ts.getTextOfJSDocComment(tag.comment) ?? '').trim()
  const named = (name: string) => tags.filter(({ tagName }) => tagName.text === name)
  return {
    text: docs
      .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
      .join('\n\n')
      .trim(),
    params: named('param').map((tag) => {
      const { name } = tag as ts.JSDocParameterTag
      return `\`${name.getText()}\` ${oneLine(said(tag)).replace(/^- /, '— ')}`
    }),
    throws: named('throws')
      .map((tag) => oneLine(throwsText(tag)))
      .join('; '),
    examples: named('example').map(said),
    isDeprecated: named('deprecated').length > 0,
  }
}

/** `@throws OnejarError CODE` has what looks like a type in front. */
function throwsText(tag: ts.JSDocTag): string {
  return tag
    .getText()
    .replace(/^@throws\s*/, '')
    .replace(/^\s*\* ?/gm, '')
    .trim()
}

function shown(node: ts.Node): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replace(/^(export )?(declare )?/, '')
    .replace(/;$/, '')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
