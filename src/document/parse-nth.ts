/**
 * Reads `odd`, `even` and `an+b`.
 *
 * @throws Error when it is neither
 */
export function parseNth(text: string): { readonly step: number; readonly offset: number } {
  const formula = text.trim().toLowerCase()
  if (formula === 'odd') return { step: 2, offset: 1 }
  if (formula === 'even') return { step: 2, offset: 0 }
  const parts = /^(?:([+-]?\d*)n)?\s*([+-]?\s*\d+)?$/.exec(formula)
  if (!parts || formula === '') throw new Error('Not a formula of the form an+b')
  const [, step, offset] = parts
  if (step !== undefined && offset !== undefined && !/^[+-]/.test(offset)) {
    throw new Error('Not a formula of the form an+b')
  }
  return {
    step: step === undefined ? 0 : /\d/.test(step) ? Number(step) : step === '-' ? -1 : 1,
    offset: offset === undefined ? 0 : Number(offset.replace(/\s/g, '')),
  }
}

/** Whether a number, counted from 1, satisfies the formula. */
export function isNth(number: number, step: number, offset: number): boolean {
  if (step === 0) return number === offset
  const n = (number - offset) / step
  return n >= 0 && Number.isInteger(n)
}
