import ts from 'typescript-oldest'

/** Calls that refuse what a caller gave, or that the session or broker is closed. */
const REFUSING = new Set(['assertOpen', '#assertOpen', 'writable', 'parseOptions'])

/**
 * The functions and methods of a source file that throw an OnejarError themselves, or by calling one of this file that does:
 * `name`, or `Class.method`. What other files throw is not seen.
 */
export function throwingIn(source: ts.SourceFile): Set<string> {
  const bodies = new Map<string, ts.Node>()
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name) bodies.set(statement.name.text, statement)
    if (!ts.isClassDeclaration(statement) || !statement.name) continue
    for (const member of statement.members) {
      const isRun = ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member)
      if (isRun) bodies.set(`${statement.name.text}.${member.name.getText()}`, member)
    }
  }
  const throwing = new Set<string>()
  for (let before = -1; before !== throwing.size; ) {
    before = throwing.size
    for (const [name, body] of bodies)
      if (throws(body, name.split('.')[0] as string, throwing)) throwing.add(name)
  }
  return throwing
}

function throws(body: ts.Node, owner: string, throwing: ReadonlySet<string>): boolean {
  let found = false
  const visit = (node: ts.Node): void => {
    if (found) return
    if (ts.isNewExpression(node) && node.expression.getText() === 'OnejarError') found = true
    if (ts.isCallExpression(node)) {
      const { expression } = node
      const called = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText()
      const isOwn = expression.getText() === `this.${called}`
      found ||= REFUSING.has(called) || throwing.has(isOwn ? `${owner}.${called}` : called)
    }
    ts.forEachChild(node, visit)
  }
  visit(body)
  return found
}
