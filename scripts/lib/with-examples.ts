import { extname } from 'node:path'

const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.mjs': 'js',
  '.cjs': 'js',
  '.py': 'python',
  '.sh': 'sh',
  '.go': 'go',
}

/**
 * A page with the code of its examples: a block after each line `<!-- example: PATH -->`, whatever block was there.
 *
 * @param read - gives the text of an example
 * @throws Error for a kind of file that has no language
 */
export function withExamples(page: string, read: (path: string) => string): string {
  return page.replace(/^<!-- example: (\S+) -->\n(?:\n?```[a-z]*\n[\s\S]*?\n```\n)?/gm, (_, path: string) => {
    const language = LANGUAGES[extname(path)]
    if (language === undefined) throw new Error(`${path}: no language for this kind of file`)
    return `<!-- example: ${path} -->\n\n\`\`\`${language}\n${read(path).trimEnd()}\n\`\`\`\n`
  })
}
