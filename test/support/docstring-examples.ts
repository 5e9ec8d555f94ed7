import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript-oldest'

/** An `@example` of a docstring. */
export interface Example {
  /** The file, and what the example is of: `src/client/broker.ts Broker.close`, with a number from the second on. */
  readonly name: string
  /** The code between the fences. */
  readonly code: string
}

/** Every `@example` in the sources of a folder, by file and then as they stand there. */
export function examplesIn(root: string): Example[] {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
  return files.sort().flatMap((path) => examplesOf(`src/${path}`, readFileSync(`${root}src/${path}`, 'utf8')))
}

/** The examples of one source text. @throws Error where an example has no fence, and so no certain end */
export function examplesOf(file: string, text: string): Example[] {
  const examples: Example[] = []
  const visit = (node: ts.Node, owner: string): void => {
    const own = (node as { readonly name?: ts.Node }).name?.getText()
    const path = own === undefined ? owner : owner === '' ? own : `${owner}.${own}`
    const { jsDoc = [] } = node as { readonly jsDoc?: readonly ts.JSDoc[] }
    const codes = jsDoc.flatMap((doc) => codesOf(doc.getText(), `${file} ${path}`))
    for (const [at, code] of codes.entries())
      examples.push({ name: `${file} ${path}${at === 0 ? '' : ` ${at + 1}`}`, code })
    if (ts.isSourceFile(node) || ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node))
      ts.forEachChild(node, (child) => visit(child, path))
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), '')
  return examples
}

function codesOf(doc: string, where: string): string[] {
  const text = doc.replace(/^[ \t]*\*(?: |$)/gm, '')
  const [, ...parts] = text.split(/^@example[ \t]*$/m)
  return parts.map((part) => {
    const code = /^\n```ts\n([\s\S]*?)\n```/.exec(part)?.[1]
    if (code === undefined) throw new Error(`${where}: an @example has to begin with a line of \`\`\`ts`)
    return code
  })
}

const IMPORT = /^import (?:[^'\n]*from )?'[^']+'\n?|^import \{[^}]*\} from '[^']+'\n?/gm

/**
 * The example as a module: its imports, and its code in a function that gets an open `broker`, `session` and `pool`. An example
 * that makes its own may call it the same.
 */
export function moduleOf({ name, code }: Example): string {
  const imports = code.match(IMPORT)?.join('\n') ?? ''
  return `// ${name}
${imports}
export default async function example({ broker, session, pool }: {
  broker: import('onejar').Broker
  session: import('onejar').Session
  pool: import('onejar').SessionPool
}) {
  {
${code.replace(IMPORT, '').trim()}
  }
}
`
}
