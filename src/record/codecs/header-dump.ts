import { parseServerDate } from '../cookies/parse-server-date.ts'
import { timeToMs } from '../stamp.ts'
import { CookieIntake, type ImportOptions } from './cookie-intake.ts'
import { takeNetscapeLine } from './netscape.ts'
import { takeSetCookie } from './set-cookie-intake.ts'
import { splitLines } from './split-lines.ts'
import type { Imported } from './state.ts'

/** The prefixes of `curl -v` for lines it sent, received and wrote itself. */
const MARK = /^(?:([<>*])(?: |$)|([{}]) (?=\[))/
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/s
const STATUS = /^HTTP\/\d(?:\.\d)? \d{3}/
const LIKE_A_COOKIE = /^set-cookie:|^(?:[^\t]*\t){5,6}[^\t]*$/i

/** Whether a text is what `curl -D FILE`, `curl -i` or `curl -v` write: the heads of answers. */
export function isHeaderDump(text: string): boolean {
  return /^\s*HTTP\/\d(?:\.\d)? \d{3}/.test(text) || /^(?:< ?)?set-cookie:/im.test(text)
}

/**
 * The cookies of the heads of answers, one after the other, as they would stand after the last: a later one replaces or
 * deletes an earlier one. What follows the heads (a body) is the site's own text and is not read, whatever it looks like.
 * Where no answer begins, `Set-Cookie` lines stand by themselves, and lines of a cookies.txt among them are taken, as by curl.
 *
 * A cookie without Domain belongs to the site that gave it: `options.site`, a `Host:` that was sent, or where a redirect
 * before it led to.
 *
 * @param input - bytes keep cookies that are not UTF-8
 */
export function fromHeaderDump(input: string | Uint8Array, options: ImportOptions): Imported {
  const intake = new CookieIntake(options, true)
  const now = timeToMs(options.tick())
  let place: 'list' | 'head' | 'after-head' | 'body' = 'list'
  let isVerbose = false
  let site = options.site ?? null
  let head: { readonly at: string; readonly line: string }[] = []
  let receivedAt = now
  let next = site
  const finish = () => {
    for (const { at, line } of head) takeSetCookie(line, at, { site, receivedAt }, intake)
    head = []
    receivedAt = now
    site = next
  }
  for (const [index, raw] of splitLines(input).entries()) {
    const at = `line ${index + 1}`
    const [prefix = '', said = '', counted = ''] = MARK.exec(raw) ?? []
    const mark = said || counted
    const line = raw.slice(prefix.length)
    const isAnswer = mark === '' || mark === '<'
    if (place === 'after-head' && line.trim() !== '' && !(isAnswer && STATUS.test(line))) {
      if (!isVerbose || isAnswer) place = 'body'
    }
    if (place === 'body') {
      if (!LIKE_A_COOKIE.test(line)) continue
      intake.leave(
        at,
        'it stands after the head of an answer, where the body is: nothing from there on is read',
      )
      break
    }
    if (isAnswer && STATUS.test(line)) {
      finish()
      place = 'head'
      isVerbose = mark === '<'
      continue
    }
    if (line.trim() === '') {
      finish()
      if (place === 'head' && isAnswer) place = 'after-head'
      continue
    }
    const fields = raw.split('\t').length
    if (place === 'list' && (fields === 7 || fields === 6)) {
      takeNetscapeLine(raw, at, intake)
      continue
    }
    const [, name = '', value = ''] = HEADER.exec(line) ?? []
    switch (name.toLowerCase()) {
      case 'set-cookie':
        if (isAnswer) head.push({ at, line: value })
        break
      case 'date':
        receivedAt = Math.min(now, parseServerDate(value) ?? now)
        break
      case 'host':
        if (mark === '>' && URL.canParse(`http://${value}`)) next = new URL(`http://${value}`).hostname
        if (head.length === 0) site = next
        break
      case 'location':
        if (URL.canParse(value)) next = new URL(value).hostname
        break
      case 'cookie':
        intake.leave(at, 'a Cookie header has no attributes: its cookies are not taken')
        break
    }
  }
  finish()
  return intake.result([])
}
