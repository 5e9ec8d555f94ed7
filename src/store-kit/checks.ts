import assert, { AssertionError } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

/** How long a store that polls may take to notice a change, in milliseconds. */
const HEARD_WITHIN_MS = 20_000
const LOOK_MS = 10

/** Assertions with the names that test runners use, built on `node:assert`, so that the kit depends on no test runner. */
export interface Check {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  /** As `toEqual`, for the members that the expected value has. Arrays have to be of the same length. */
  toMatchObject(expected: object): void
  toHaveLength(length: number): void
  toBeNull(): void
  notToBe(unexpected: unknown): void
  toBeGreaterThan(least: number): void
}

export function expect(actual: unknown): Check {
  return {
    toBe: (expected) => assert.equal(actual, expected),
    toEqual: (expected) => assert.deepEqual(plain(actual), plain(expected)),
    toMatchObject: (expected) => {
      if (!matches(actual, expected)) assert.deepEqual(actual, expected)
    },
    toHaveLength: (length) => assert.equal((actual as { length?: unknown } | null)?.length, length),
    toBeNull: () => assert.equal(actual, null),
    notToBe: (unexpected) => assert.notEqual(actual, unexpected),
    toBeGreaterThan: (least) => assert.ok((actual as number) > least, `${actual} is not more than ${least}`),
  }
}

/** Asserts that a promise rejects with an OnejarError of this code. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.equal((error as { code?: unknown }).code, code)
    return true
  })
}

/** Waits until a function returns a value, and fails when it does not in time. */
export async function eventually(look: () => unknown, expected: unknown): Promise<void> {
  const until = performance.now() + HEARD_WITHIN_MS
  while (!isDeepStrictEqual(look(), expected)) {
    if (performance.now() > until) assert.deepEqual(look(), expected)
    await pause(LOOK_MS)
  }
}

/** Fails when a promise does not settle in time. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new AssertionError({ message: `${what} within ${HEARD_WITHIN_MS} ms` })),
    HEARD_WITHIN_MS,
  )
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}

/** A copy without prototypes and without members that are undefined: both are ignored in comparisons. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, plain(member)]),
  )
}

function matches(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((member, at) => matches(actual[at], member))
    )
  }
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  if (typeof actual !== 'object' || actual === null) return false
  return Object.entries(expected).every(([key, member]) =>
    matches((actual as Record<string, unknown>)[key], member),
  )
}
