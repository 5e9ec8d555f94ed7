import { FormFields } from './form-fields.ts'
import type { MarkupScan } from './markup-scan.ts'

/** A tag as it is mostly written; others are left to who reads in full. */
const PLAIN_TAG = /^<[a-z]{1,16}(?:\s+[^\s"'<>/=&]+(?:=(?:"[^"]*"|'[^']*'|[^\s"'<>=&]+))?)*\s*\/?>$/
const ATTRIBUTE = /\s([^\s"'<>/=&]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s"'<>=&]+)))?/g
/** Something of these is in the name of each field for the answer to a puzzle. */
const ANSWER_STEMS = /captcha|co[dk]|kod|phrase|keystring|yzm|symbols|verif|ans/
/** Attributes that something is concluded from. */
const READ = ['type', 'name', 'id', 'style', 'rel']

/** What the fields and links of a document say of it, as far as that is certain. */
export interface PlainTags {
  /** Whether a person has something to fill in that is no answer to a puzzle. */
  readonly asksUser: boolean
  /** Whether the document names its own address, as only a page that is meant to be found does. */
  readonly listed: boolean
}

/** Whether no field can be there for the answer to a puzzle: a cheaper test than to read the tags. */
export function asksNoAnswer(scan: MarkupScan, bytes: Buffer): boolean {
  if (scan.tagEnds === scan.tags.length) return false
  for (let at = 0; at < scan.tagEnds; at += 2) {
    const start = Math.abs(scan.tags[at] as number)
    // A link is no field.
    if (((bytes[start + 1] as number) | 0x20) === 0x6c) continue
    if (ANSWER_STEMS.test(bytes.toString('latin1', start, scan.tags[at + 1]).toLowerCase())) return false
  }
  return true
}

/** Null where a field may be there for the answer to a puzzle, or where a tag is not written plainly. */
export function readPlainTags(scan: MarkupScan, bytes: Buffer): PlainTags | null {
  if (scan.tagEnds === scan.tags.length) return null
  const fields = new FormFields()
  let listed = false
  for (let at = 0; at < scan.tagEnds; at += 2) {
    const start = scan.tags[at] as number
    const tag = bytes.toString('latin1', Math.abs(start), scan.tags[at + 1]).toLowerCase()
    const isLink = tag.startsWith('<link')
    const attributes = attributesOf(tag)
    if (attributes === null) {
      if (isLink) continue
      return null
    }
    const get = (name: string) => attributes.get(name) ?? ''
    if (isLink) listed ||= get('rel') === 'canonical'
    else if (start < 0) continue
    else if (tag.startsWith('<textarea')) {
      if (!get('style').includes('none')) fields.addTextArea()
    } else {
      const locked = attributes.has('readonly') || attributes.has('disabled')
      fields.add('input', get('type'), get('name'), get('id'), locked)
    }
  }
  return fields.mayAnswer ? null : { asksUser: fields.typed > 0, listed }
}

function attributesOf(tag: string): ReadonlyMap<string, string> | null {
  if (!PLAIN_TAG.test(tag)) return null
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single, bare] of tag.matchAll(ATTRIBUTE)) {
    if (!attributes.has(name)) attributes.set(name, double ?? single ?? bare ?? '')
  }
  return READ.some((name) => attributes.get(name)?.includes('&')) ? null : attributes
}
