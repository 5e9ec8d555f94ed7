import type { JsonPath, PageSource, PartSource, PathStep } from '../record/index.ts'

/** What a path leads through where it names an element by a part of the page's URL. */
export type PartValue = (source: PageSource) => string | undefined

const MAX_PARSED_CHARS = 1024 * 1024

/**
 * The value at a path; undefined where there is none. A path with `every` gives a list, with undefined where an element lacks it.
 *
 * @param top - what references within the data start from
 */
export function valueAt(root: unknown, path: JsonPath, partValue?: PartValue, top = root): unknown {
  let value = root
  for (const [at, step] of path.entries()) {
    if (typeof step === 'object' && 'every' in step) {
      if (!Array.isArray(value)) return undefined
      return value.map((element) => valueAt(element, path.slice(at + 1), partValue, top))
    }
    value = stepInto(value, step, top, partValue)
    if (value === undefined) return undefined
  }
  return value
}

function stepInto(
  value: unknown,
  step: Exclude<PathStep, { every: true }>,
  top: unknown,
  partValue?: PartValue,
): unknown {
  if (typeof step === 'object' && 'parsed' in step) return parsedText(value)
  if (typeof step === 'object') {
    const wanted = 'as' in step ? referenceAt(top, step.as) : partValue?.(step.is)
    if (!Array.isArray(value) || wanted === undefined) return undefined
    const found = value.filter((element) => isPlain(memberOf(element, step.where), wanted))
    // Two that are called the same are none.
    return found.length === 1 ? found[0] : undefined
  }
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined
  return memberOf(value, step)
}

function referenceAt(top: unknown, path: readonly (string | number)[]): string | undefined {
  const value = valueAt(top, path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** The JSON object or list that a text holds. */
export function parsedText(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_PARSED_CHARS || !/^\s*[[{]/.test(value))
    return undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

/** Whether a number or a text is written like this. */
export function isPlain(value: unknown, text: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === text
}

/** A path for people: `$.items[?(@.id == path[1])].name`. */
export function pathText(path: JsonPath): string {
  return `$${path.map(stepText).join('')}`
}

function stepText(step: PathStep): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'string')
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  if ('every' in step) return '[*]'
  if ('parsed' in step) return '.(JSON)'
  return `[?(@.${step.where} == ${'as' in step ? pathText(step.as) : sourceText(step.is)})]`
}

/** Where a part comes from, for people: `path[1]`, `query.id`. */
export function sourceText(source: PartSource): string {
  switch (source.of) {
    case 'path':
      return `path[${source.index}]${pickText(source.pick)}`
    case 'fragment':
      return `fragment[${source.index}]${pickText(source.pick)}`
    case 'query':
      return `query.${source.name}${pickText(source.pick)}`
    case 'response':
      return `response ${source.request + 1} ${pathText(source.path)}`
  }
}

function pickText(pick: string): string {
  return pick === 'whole' ? '' : ` (${pick.replace('-', ' ')})`
}
