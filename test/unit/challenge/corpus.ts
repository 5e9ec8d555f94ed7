import { readdirSync, readFileSync } from 'node:fs'
import type { ResponseHead, VerdictKind } from '../../../src/challenge/index.ts'

/** One response of the corpus, and the verdict that is right for it. */
export interface Sample {
  readonly id: string
  readonly kind: VerdictKind
  readonly vendor: string | null
  readonly head: ResponseHead
  readonly body: string
  /** The body as it was sent, in the charset that the sample names. */
  readonly bytes: Uint8Array
  readonly complete: boolean
}

const FOLDER = new URL('../../fixtures/challenge/', import.meta.url)
const WORDS =
  'the quiet river turned at dawn and people walked along its banks with bread letters maps and small plans'

/** Reads every file of the corpus; see its README for the form. */
export function readCorpus(): readonly Sample[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(new URL(name, FOLDER), 'utf8')
      return text.split(/^=== /m).slice(1).map(readSample)
    })
}

function readSample(block: string): Sample {
  const lines = block.split('\n')
  const [id = '', kind = '', vendor = ''] = (lines[0] ?? '').split('|').map((part) => part.trim())
  const [method = '', url = ''] = (lines[1] ?? '').split(' ')
  const blank = lines.indexOf('', 3)
  const end = blank < 0 ? lines.length : blank
  const headers: Record<string, string | string[]> = {}
  let complete = true
  let charset = 'utf-8'
  for (const line of lines.slice(3, end)) {
    const at = line.indexOf(':')
    const name = line.slice(0, at)
    const value = fill(line.slice(at + 1).trim())
    if (name === 'status') complete = false
    else if (name === 'encoded') charset = value
    else if (headers[name] === undefined) headers[name] = value
    else headers[name] = [headers[name], value].flat()
  }
  const body = fill(
    lines
      .slice(end + 1)
      .join('\n')
      .trimEnd(),
  )
  const head = { url, method, statusCode: Number(lines[2]), headers }
  return {
    id,
    kind: kind as VerdictKind,
    vendor: vendor === '-' ? null : vendor,
    head,
    body,
    bytes: encode(body, charset),
    complete,
  }
}

const encoders = new Map<string, ReadonlyMap<string, Buffer>>()

/** A text in the charset of an old site. @throws when the charset lacks one of its letters */
export function encode(text: string, charset: string): Uint8Array {
  if (charset === 'utf-8' || charset === 'utf-16le')
    return Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'utf16le')
  const known = encoders.get(charset) ?? encoderOf(charset)
  encoders.set(charset, known)
  return Buffer.concat(
    Array.from(text, (letter) => {
      const bytes = known.get(letter)
      if (bytes === undefined) throw new Error(`${charset} has no ${letter}`)
      return bytes
    }),
  )
}

/** Every letter of one or two bytes, as the decoder of the platform reads it. */
function encoderOf(charset: string): ReadonlyMap<string, Buffer> {
  const decoder = new TextDecoder(charset)
  const letters = new Map<string, Buffer>()
  const add = (bytes: Buffer) => {
    const letter = decoder.decode(bytes)
    if ([...letter].length === 1 && letter !== '\ufffd' && !letters.has(letter)) letters.set(letter, bytes)
  }
  for (let byte = 0; byte < 256; byte += 1) add(Buffer.from([byte]))
  for (let lead = 0x81; lead < 255; lead += 1) {
    for (let trail = 0x40; trail < 255; trail += 1) add(Buffer.from([lead, trail]))
  }
  return letters
}

/** Puts filler of the wanted size where a template asks for it: the same every time. */
function fill(text: string): string {
  return text.replace(/\{\{(\w+) (\d+)\}\}/g, (_, what: string, size: string) => filler(what, Number(size)))
}

function filler(what: string, size: number): string {
  const times = (piece: (index: number) => string, count: number) =>
    Array.from({ length: count }, (_, index) => piece(index)).join('')
  switch (what) {
    case 'token':
      return times((i) => 'AbCdEf0123456789-_xYz'.charAt((i * 7) % 21), size)
    case 'css':
      return times((i) => `.c${i}{margin:${i % 9}px;color:#${100 + (i % 800)}}`, size / 28)
    case 'js':
      return times((i) => `var v${i}=function(a){return a*${i}+1};`, size / 36)
    case 'prose':
      return times((i) => `${WORDS.slice(0, 40 + ((i * 13) % 60))}. `, size / 70)
    case 'links':
      return times((i) => `<a href="/section/${i}">Section ${i}</a> `, size)
    case 'products':
      return times(
        (i) =>
          `<div class="card"><a href="/p/${i}"><img src="/i/${i}.jpg" alt="">Item ${i}</a><span>${i}.90</span></div>`,
        size,
      )
    default:
      throw new Error(`no filler is called ${what}`)
  }
}
