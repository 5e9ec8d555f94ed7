import type { KeyInput } from './person-message.ts'

/** What `Input.dispatchKeyEvent` takes. */
export interface KeyEvent {
  readonly type: 'keyDown' | 'rawKeyDown' | 'keyUp'
  readonly key: string
  readonly code: string
  readonly windowsVirtualKeyCode: number
  readonly modifiers: number
  readonly autoRepeat: boolean
  readonly text?: string
}

const CTRL = 2
const SHIFT = 8

/** Keys without a character that a page may get. Function keys and those of the browser itself are not among them. */
const NAMED = new Set([
  ...['Enter', 'Tab', 'Backspace', 'Delete', 'Escape', 'Shift'],
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'],
])
/** What edits a text together with Ctrl; what else there is opens windows, addresses, files and tools. */
const WITH_CTRL = new Set([
  ...['a', 'c', 'x', 'y', 'z'],
  ...['Backspace', 'Delete', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'],
])

/**
 * A key of the person's as the page gets it; null for one that it does not get: a browser would take it for itself, and
 * leave the page.
 */
export function keyEventOf(input: KeyInput): KeyEvent | null {
  const { key, code, keyCode, down, repeat, shift, command, alt } = input
  const isCharacter = [...key].length === 1
  // Both at once are the key for third characters on many keyboards: it makes text.
  const isThird = command && alt && isCharacter
  const isCommand = command && !isThird
  if (isCommand && (alt || !WITH_CTRL.has(isCharacter ? key.toLowerCase() : key))) return null
  if (!isCharacter && (!NAMED.has(key) || alt)) return null
  const text = isCommand ? undefined : isCharacter ? key : key === 'Enter' ? '\r' : undefined
  return {
    type: down ? (text === undefined ? 'rawKeyDown' : 'keyDown') : 'keyUp',
    key,
    code,
    windowsVirtualKeyCode: keyCode,
    modifiers: (isCommand ? CTRL : 0) | (shift ? SHIFT : 0),
    autoRepeat: repeat,
    ...(down && text !== undefined ? { text } : {}),
  }
}
