import ts from 'typescript-oldest'

export interface Option {
  readonly name: string
  readonly isRequired: boolean
  /** Its docstring on one line; '' where it has none. */
  readonly text: string
}

/** The members that an interface declares itself, with their docstrings. */
export function optionsOf(source: string, name: string): Option[] {
  const file = ts.createSourceFile('options.ts', source, ts.ScriptTarget.Latest, true)
  const found = file.statements.find(
    (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === name,
  )
  if (found === undefined) throw new Error(`There is no interface ${name}`)
  return found.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    isRequired: member.questionToken === undefined,
    text: ts
      .getJSDocCommentsAndTags(member)
      .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
      .join(' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }))
}
