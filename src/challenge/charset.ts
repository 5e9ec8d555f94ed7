import { isUtf8 } from 'node:buffer'

/** How far browsers look for a charset in a document. */
export const PRESCAN_CHARS = 1_024
const NAMES_CHARSET = /charset\s?=\s?["']?([\w:-]{1,24})/i
/** A cut leaves up to this many bytes of a letter. */
const CUT_BYTES = 3

/**
 * The charset that a document is in: what its bytes show, else what it says, else what the bytes of its letters look
 * like. Always one that the platform can decode.
 *
 * @param text - the bytes, one char for each
 * @param type - Content-Type
 */
export function charsetOf(bytes: Uint8Array, text: string, type: string | undefined): string {
  return certainCharset(bytes, text, type) ?? guessCharset(text)
}

/**
 * The charset that the bytes of a document show, or that it says; undefined where it can only be guessed.
 *
 * @param beginning - what browsers search of the document, one char for each byte
 * @param type - Content-Type
 */
export function certainCharset(
  bytes: Uint8Array,
  beginning: string,
  type: string | undefined,
): string | undefined {
  if (beginning.startsWith('\xff\xfe') || beginning.startsWith('<\0')) return 'utf-16le'
  if (beginning.startsWith('\xfe\xff') || beginning.startsWith('\0<')) return 'utf-16be'
  if (isUtf8SoFar(bytes)) return 'utf-8'
  const said =
    NAMES_CHARSET.exec(type ?? '')?.[1] ?? NAMES_CHARSET.exec(beginning.slice(0, PRESCAN_CHARS))?.[1]
  const label = said?.toLowerCase()
  return label !== undefined && !label.startsWith('utf') && isKnown(label) ? label : undefined
}

function isUtf8SoFar(bytes: Uint8Array): boolean {
  for (let cut = 0; cut <= CUT_BYTES; cut += 1) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  }
  return false
}

function isKnown(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== ''
  } catch {
    return false
  }
}

/** What letters are taken for of which most stand alone among ASCII. */
export const EUROPEAN = 'windows-1252'

/**
 * Letters of European languages stand alone among ASCII; those of others come in runs, and which bytes are frequent in
 * them determines the script.
 */
export function guessCharset(text: string): string {
  const runs = text.match(/[\x80-\xff]{2,}/g) ?? []
  const letters = runs.join('')
  const all = (text.match(/[\x80-\xff]/g) ?? []).length
  if (letters.length * 2 < all) return EUROPEAN
  const share = (pattern: RegExp) => (letters.match(pattern) ?? []).length / letters.length
  if (share(/[\xe0-\xff]/g) >= 0.6) return 'windows-1251'
  if (share(/[\xc0-\xdf]/g) >= 0.65) return 'koi8-r'
  if (share(/[\x81-\x84]/g) >= 0.25) return 'shift_jis'
  if (share(/[\xa4\xa5]/g) >= 0.2) return 'euc-jp'
  const isKorean = runs.every((run) => /^(?:[\xb0-\xc8][\xa1-\xfe]|[\x80-\xaf][\xa1-\xfe])*$/.test(run))
  return isKorean ? 'euc-kr' : 'gbk'
}
