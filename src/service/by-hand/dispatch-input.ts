import type { CDPSession } from 'playwright'
import { keyEventOf } from './key-event.ts'
import type { PersonInput } from './person-message.ts'

export interface InputState {
  /** What the person sees of the page, in CSS pixels. */
  readonly shown: { readonly width: number; readonly height: number }
  /** Whether the button of the mouse is down. */
  readonly pressed: boolean
}

const MOUSE = { down: 'mousePressed', up: 'mouseReleased', move: 'mouseMoved' } as const
const TOUCH = { start: 'touchStart', move: 'touchMove', end: 'touchEnd', cancel: 'touchCancel' } as const

/**
 * Does with a page what a person did with its picture. Of a mouse only the button that presses what is there: the others open
 * menus and windows.
 *
 * @throws what the browser says
 */
export async function dispatchInput(
  link: CDPSession,
  input: PersonInput,
  { shown, pressed }: InputState,
): Promise<void> {
  const at = ({ x, y }: { readonly x: number; readonly y: number }) => ({
    x: x * shown.width,
    y: y * shown.height,
  })
  switch (input.type) {
    case 'mouse': {
      const { action, clicks } = input
      const button = action === 'move' && !pressed ? 'none' : 'left'
      const buttons = pressed ? 1 : 0
      const event = { ...at(input), type: MOUSE[action], button, buttons, clickCount: clicks } as const
      return void (await link.send('Input.dispatchMouseEvent', event))
    }
    case 'wheel': {
      const { dx: deltaX, dy: deltaY } = input
      const event = { ...at(input), type: 'mouseWheel', deltaX, deltaY } as const
      return void (await link.send('Input.dispatchMouseEvent', event))
    }
    case 'touch': {
      const touchPoints = input.points.map((point) => ({ ...at(point), id: point.id }))
      return void (await link.send('Input.dispatchTouchEvent', { type: TOUCH[input.action], touchPoints }))
    }
    case 'key': {
      const event = keyEventOf(input)
      if (event !== null) await link.send('Input.dispatchKeyEvent', event)
      return
    }
    case 'text':
      return void (await link.send('Input.insertText', { text: input.text }))
    case 'compose': {
      const { text } = input
      const selectionStart = text.length
      return void (await link.send('Input.imeSetComposition', {
        text,
        selectionStart,
        selectionEnd: selectionStart,
      }))
    }
  }
}
