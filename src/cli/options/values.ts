import { didYouMean } from '../nearest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The words of a command line, exactly as many as are named.
 *
 * @throws UsageError when one is missing or one is left over
 */
export function takeWords(words: readonly string[], ...names: readonly string[]): string[] {
  const missing = names[words.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  if (words.length > names.length) {
    throw new UsageError(`there is one word too many: ${words[names.length]}`)
  }
  return [...words]
}

/**
 * A number of seconds, as milliseconds.
 *
 * @throws UsageError when it is not above 0
 */
export function secondsFlag(text: string, flag: string): number {
  const ms = Math.ceil(Number(text) * 1000)
  if (text.trim() === '' || !(ms > 0) || ms > 2 ** 31 - 1) {
    throw new UsageError(`${flag} takes a number of seconds above 0`)
  }
  return ms
}

/**
 * One of several words.
 *
 * @throws UsageError that names them all
 */
export function oneOf<const T extends string>(text: string, choices: readonly T[], flag: string): T {
  const found = choices.find((choice) => choice === text)
  if (found === undefined) {
    throw new UsageError(`${flag} takes one of ${choices.join(', ')}${didYouMean(text, choices)}`)
  }
  return found
}

/** @throws UsageError when the text is no whole number within the bounds */
export function wholeNumber(text: string, flag: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${flag} takes a whole number from ${least} to ${most}`)
}
