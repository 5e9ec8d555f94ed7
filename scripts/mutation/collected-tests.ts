import { format } from 'node:util'

type Body = (...args: never[]) => unknown

/** One test as a file declared it, with what is to run before it. */
export interface CollectedTest {
  readonly name: string
  readonly run: () => Promise<void>
}

interface Suite {
  readonly name: string
  readonly before: readonly (() => unknown)[]
}

let suites: (Suite & { before: (() => unknown)[] })[] = []
let tests: CollectedTest[] = []

/** Runs what declares tests and gives the tests that it declared. */
export async function collect(declare: () => Promise<unknown>): Promise<readonly CollectedTest[]> {
  suites = [{ name: '', before: [] }]
  tests = []
  await declare()
  return tests
}

/** The part of vitest's interface that unit tests of pure rooms use. */
export const describe = withEach((name, body) => {
  suites.push({ name, before: [] })
  body()
  suites.pop()
})

export const it = withEach((name, body) => {
  const within = [...suites]
  tests.push({
    name: [...within.slice(1).map((suite) => suite.name), name].join(' > '),
    run: async () => {
      for (const before of within.flatMap((suite) => suite.before)) await before()
      await body()
    },
  })
})

export function beforeEach(work: () => unknown): void {
  suites.at(-1)?.before.push(work)
}

/** As vitest has them: options may stand before the body, a time after it. Neither matters here. */
function withEach(declare: (name: string, body: () => unknown) => void) {
  const bodyOf = (args: readonly unknown[]) => args.find((arg) => typeof arg === 'function') as Body
  const plain = (name: string, ...rest: unknown[]) => declare(name, bodyOf(rest) as () => unknown)
  const each =
    (rows: readonly unknown[]) =>
    (name: string, ...rest: unknown[]) => {
      const body = bodyOf(rest)
      for (const row of rows) {
        const args = (Array.isArray(row) ? row : [row]) as never[]
        declare(format(name, ...args), () => body(...args))
      }
    }
  return Object.assign(plain, { each })
}
