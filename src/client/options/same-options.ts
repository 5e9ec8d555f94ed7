import { isDeepStrictEqual } from 'node:util'

/**
 * Whether two values of an option mean the same. A function stands for any other: one that is written at the call is another
 * one each time, and says the same. Of such the first stays.
 */
export function sameOption(a: unknown, b: unknown): boolean {
  if (typeof a === 'function' && typeof b === 'function') return true
  if (!isObject(a) || !isObject(b)) return Object.is(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (ArrayBuffer.isView(a) || a instanceof Date || a instanceof URL || a instanceof Map || a instanceof Set)
    return isDeepStrictEqual(a, b)
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameOption(a[key], b[key]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
