import ts from 'typescript-oldest'
import { isHidden } from './reachable.ts'

/** Members that the language gives a meaning, and those that a class of Node's declares and documents. */
const SAID_ELSEWHERE =
  /^(?:\[Symbol\.|\[inspect\.custom\]|toJSON$|toString$|_read$|_destroy$|addListener$|on$)/

/**
 * What is public and has no docstring: the declaration itself, or its members, as `Name` or `Name.member`. Schemas are left
 * out: callers see the types that are made of them.
 */
export function undocumented(name: string, nodes: readonly ts.Statement[], isMade: boolean): string[] {
  if (nodes.every(isSchema)) return []
  const gaps = nodes.some((node) => docOf(node) !== '') ? [] : [name]
  for (const { at, member } of nodes.flatMap((node) => membersOf(node, isMade))) {
    if (docOf(member) === '' && !isOverload(member, nodes)) gaps.push(`${name}.${at}`)
  }
  return gaps
}

/** Functions and methods that the list has and whose docstring has no `@throws`: `name`, or `Name.method`. */
export function silentThrowers(
  name: string,
  nodes: readonly ts.Statement[],
  throwing: ReadonlySet<string>,
): string[] {
  const own = nodes.some((node) => ts.isFunctionDeclaration(node) && throwing.has(name) && !saysThrows(node))
  const members = nodes
    .flatMap((node) => membersOf(node, false))
    .filter(({ at, member }) => throwing.has(`${name}.${at}`) && !saysThrows(member))
  return [...(own ? [name] : []), ...members.map(({ at }) => `${name}.${at}`)]
}

/** The error codes that the `@throws` tags of a declaration name. */
export function codesThrown(nodes: readonly ts.Statement[]): string[] {
  const tags = nodes.flatMap(
    (node) => node.getFullText().match(/@throws\b(?:(?!\n\s*\*\s*@|\*\/)[\s\S])*/g) ?? [],
  )
  return tags.flatMap((tag) => tag.match(/\bONEJAR_[A-Z_]*[A-Z]\b/g) ?? [])
}

/** The members of a class or interface, and of object types anywhere in a type that is given a name. */
function membersOf(node: ts.Statement, isMade: boolean): { at: string; member: ts.Node }[] {
  const found: { at: string; member: ts.Node }[] = []
  const take = (members: readonly ts.Node[], path: string) => {
    for (const member of members) {
      if (isHidden(member, isMade)) continue
      const own = (member as { readonly name?: ts.Node }).name?.getText() ?? 'constructor'
      if (SAID_ELSEWHERE.test(own)) continue
      found.push({ at: path + own, member })
    }
  }
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) take(node.members, '')
  return found
}

function isSchema(node: ts.Statement): boolean {
  if (!ts.isVariableStatement(node)) return false
  return node.declarationList.declarations.every(({ type }) => type?.getText().startsWith('z.') ?? false)
}

/** A second signature of a method whose first has the docstring. */
function isOverload(member: ts.Node, nodes: readonly ts.Statement[]): boolean {
  const own = (member as { readonly name?: ts.Node }).name?.getText()
  return nodes.some((node) =>
    membersOf(node, false).some(
      (other) => other.at === own && other.member !== member && docOf(other.member),
    ),
  )
}

function docOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => doc.getText())
    .join('\n')
}

function saysThrows(node: ts.Node): boolean {
  return /@throws\b|@deprecated\b/.test(docOf(node))
}
