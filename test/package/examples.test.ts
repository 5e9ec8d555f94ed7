import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeclaredPackage, declaredPackage } from '../support/declared-package.ts'
import { examplesIn, examplesOf } from '../support/docstring-examples.ts'
import { compileExamples, exampleFile, runExamples } from '../support/example-project.ts'

/** Examples that are compiled and not run, by name, with the reason; prefer one that runs. A constant has no name there. */
const COMPILED_ONLY: ReadonlyMap<string, string> = new Map(
  ['src/test-runner/expect.ts ', 'src/test-runner/test.ts '].map((name) => [
    name,
    'registers a test with the runner of Playwright Test, which test/integration/test-runner starts',
  ]),
)

const examples = examplesIn(fileURLToPath(new URL('../..', import.meta.url)))

let project: DeclaredPackage
let complaints: string
let results: Readonly<Record<string, string | null>>

beforeAll(async () => {
  project = await declaredPackage()
  complaints = await compileExamples(project, examples)
  const left = (name: string) => COMPILED_ONLY.has(name)
  results = await runExamples(
    project,
    examples.map((example) => (left(example.name) ? { ...example, code: '' } : example)),
  )
}, 300_000)

afterAll(() => project?.[Symbol.asyncDispose]())

describe.each(examples.map(({ name }, at) => ({ name, file: exampleFile(at) })))(
  '$name',
  ({ name, file }) => {
    it('is what a user can compile', () => {
      expect(complaints.split('\n').filter((line) => line.includes(file))).toEqual([])
    })

    if (COMPILED_ONLY.has(name)) return
    it('does what it says without an error', () => {
      expect(results[file]).toBeNull()
    })
  },
)

describe('the examples', () => {
  it('are all there', () => {
    expect(complaints).toBe('')
    expect(examples.length).toBeGreaterThan(60)
    expect([...COMPILED_ONLY.keys()].filter((name) => !examples.some((one) => one.name === name))).toEqual([])
  })

  it('are found at functions, classes and their members, several of one as well', () => {
    const text = `/**
 * Says a.
 *
 * @example
 * \`\`\`ts
 * a() // it's {@link b}
 * \`\`\`
 * @example
 * \`\`\`ts
 * a(1)
 *   a(2)
 * \`\`\`
 * @throws nothing
 */
export function a() {}
export interface B {
  /**
   * Says c.
   *
   * @example
   * \`\`\`ts
   * b.c
   * \`\`\`
   */
  readonly c: string
}
`
    expect(examplesOf('x.ts', text)).toEqual([
      { name: 'x.ts a', code: "a() // it's {@link b}" },
      { name: 'x.ts a 2', code: 'a(1)\n  a(2)' },
      { name: 'x.ts B.c', code: 'b.c' },
    ])
    expect(() => examplesOf('x.ts', '/**\n * @example\n * a()\n */\nexport const a = 1')).toThrow(
      /fence|```ts/,
    )
  })
})
