import type { AttributeSelector } from 'css-what'

/** Attributes of HTML whose values are compared without case; https://html.spec.whatwg.org/#case-sensitivity-of-selectors */
const ANY_CASE: ReadonlySet<string> = new Set(
  (
    'accept accept-charset align alink axis bgcolor charset checked clear codetype color compact declare ' +
    'defer dir direction disabled enctype face frame hreflang http-equiv lang language link media method ' +
    'multiple nohref noresize noshade nowrap readonly rel rev rules scope scrolling selected shape target ' +
    'text type valign valuetype vlink'
  ).split(' '),
)

/** Whether an attribute's value matches a selector; undefined means that the element lacks the attribute. */
export function attributeTest({
  name,
  action,
  value: wanted,
  ignoreCase,
}: AttributeSelector): (value: string | undefined) => boolean {
  const anyCase = typeof ignoreCase === 'boolean' ? ignoreCase : ignoreCase === null && ANY_CASE.has(name)
  const compare = comparison(action, anyCase ? wanted.toLowerCase() : wanted)
  if (!anyCase) return compare
  return (value) => compare(value?.toLowerCase())
}

function comparison(
  action: AttributeSelector['action'],
  wanted: string,
): (value: string | undefined) => boolean {
  const none = wanted === ''
  switch (action) {
    case 'exists':
      return (value) => value !== undefined
    case 'equals':
      return (value) => value === wanted
    case 'not':
      return (value) => (none ? value !== undefined && value !== '' : value !== wanted)
    case 'start':
      return (value) => !none && value?.startsWith(wanted) === true
    case 'end':
      return (value) => !none && value?.endsWith(wanted) === true
    case 'any':
      return (value) => !none && value?.includes(wanted) === true
    case 'hyphen':
      return (value) => value === wanted || value?.startsWith(`${wanted}-`) === true
    case 'element':
      return (value) => value !== undefined && !none && hasWord(value, wanted)
    default:
      throw new Error('An unknown comparison')
  }
}

const SPACE = /\s/

function hasWord(value: string, word: string): boolean {
  for (let at = value.indexOf(word); at !== -1; at = value.indexOf(word, at + 1)) {
    const end = at + word.length
    if (
      (at === 0 || SPACE.test(value[at - 1] as string)) &&
      (end === value.length || SPACE.test(value[end] as string))
    ) {
      return !SPACE.test(word)
    }
  }
  return false
}
