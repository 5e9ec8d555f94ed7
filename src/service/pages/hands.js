// What a person does with the picture of a page, as messages to the service.

/** Keys that the page gets; all others are the browser's own. */
const NAMED = new Set([
  ...['Enter', 'Tab', 'Backspace', 'Delete', 'Escape', 'Shift'],
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'],
])
const WITH_COMMAND = new Set([
  ...['a', 'c', 'x', 'y', 'z'],
  ...['Backspace', 'Delete', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'],
])
/** The key that leaves the page, as it leaves a pane elsewhere. */
const LEAVE = 'F6'
/** Something to delete: an empty field tells nobody of a Backspace. */
const FILLER = '\u200b\u200b'
const MAX_WHEEL_PX = 2000
const MAX_TEXT = 10_000
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform)

/**
 * Passes on what is done with the field that lies over the picture.
 *
 * @param {HTMLTextAreaElement} field
 * @param {HTMLCanvasElement} picture
 * @param {(message: object) => void} send
 * @param {() => void} leave - called when the person wants out
 */
export function useHands(field, picture, send, leave) {
  usePointer(field, picture, send)
  useKeys(field, send, leave)
  useText(field, send)
}

function usePointer(field, picture, send) {
  const at = ({ clientX, clientY }) => {
    const box = picture.getBoundingClientRect()
    const share = (value) => Math.min(1, Math.max(0, value))
    return { x: share((clientX - box.left) / box.width), y: share((clientY - box.top) / box.height) }
  }
  let moved = null
  let isDown = false
  const flush = () => {
    if (moved !== null) send({ type: 'mouse', action: 'move', ...moved, clicks: 1 })
    moved = null
  }
  field.addEventListener('mousemove', (event) => {
    if (moved === null) requestAnimationFrame(flush)
    moved = at(event)
  })
  field.addEventListener('mousedown', (event) => {
    event.preventDefault()
    field.focus({ preventScroll: true })
    if (event.button !== 0) return
    isDown = true
    flush()
    send({ type: 'mouse', action: 'down', ...at(event), clicks: clicksOf(event) })
  })
  // Wherever the button is let go, the page has to know.
  window.addEventListener('mouseup', (event) => {
    if (event.button === 0 && isDown) {
      isDown = false
      flush()
      send({ type: 'mouse', action: 'up', ...at(event), clicks: clicksOf(event) })
    }
  })
  field.addEventListener('contextmenu', (event) => event.preventDefault())
  field.addEventListener('dragstart', (event) => event.preventDefault())
  field.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? picture.clientHeight : 1
      const bound = (value) => Math.max(-MAX_WHEEL_PX, Math.min(MAX_WHEEL_PX, value * unit))
      send({ type: 'wheel', ...at(event), dx: bound(event.deltaX), dy: bound(event.deltaY) })
    },
    { passive: false },
  )
  const touch = (action) => (event) => {
    event.preventDefault()
    const fingers = [...event.touches].slice(0, 5)
    send({ type: 'touch', action, points: fingers.map((each) => ({ ...at(each), id: each.identifier % 100 })) })
    if (action === 'start' && field.inputMode !== 'none') field.focus({ preventScroll: true })
  }
  for (const action of ['start', 'move', 'end', 'cancel']) {
    field.addEventListener(`touch${action}`, touch(action), { passive: false })
  }
}

function clicksOf({ detail }) {
  return Math.min(3, Math.max(1, detail))
}

function useKeys(field, send, leave) {
  const onKey = (event) => {
    const { key, code, keyCode, repeat, shiftKey: shift, altKey: alt, type } = event
    // An input method is at work on it: what comes of it comes as text.
    if (event.isComposing || keyCode === 229 || key === 'Dead' || key === 'Process') return
    if (key === LEAVE) {
      event.preventDefault()
      if (type === 'keydown') leave()
      return
    }
    const isCharacter = [...key].length === 1
    const third = event.getModifierState('AltGraph')
    const command = !third && (IS_MAC ? event.metaKey : event.ctrlKey)
    if (event.metaKey !== (IS_MAC && command) || (IS_MAC && event.ctrlKey)) return
    if (command && !WITH_COMMAND.has(isCharacter ? key.toLowerCase() : key)) return
    if (!isCharacter && !NAMED.has(key)) return
    event.preventDefault()
    const isAlt = alt && !third && !isCharacter
    if (isAlt) return
    const known = Math.min(255, Math.max(0, keyCode))
    send({ type: 'key', down: type === 'keydown', key, code: code.slice(0, 32), keyCode: known, repeat, shift, command, alt: false })
  }
  field.addEventListener('keydown', onKey)
  field.addEventListener('keyup', onKey)
}

function useText(field, send) {
  const reset = () => {
    field.value = FILLER
    field.setSelectionRange(FILLER.length, FILLER.length)
  }
  const tell = (text) => {
    for (let from = 0; from < text.length; from += MAX_TEXT) {
      send({ type: 'text', text: text.slice(from, from + MAX_TEXT) })
    }
  }
  const press = (key, keyCode) => {
    const common = { type: 'key', key, code: key, keyCode, repeat: false, shift: false, command: false, alt: false }
    send({ ...common, down: true })
    send({ ...common, down: false })
  }
  field.addEventListener('focus', reset)
  field.addEventListener('paste', (event) => {
    event.preventDefault()
    tell(event.clipboardData?.getData('text/plain') ?? '')
  })
  field.addEventListener('compositionupdate', ({ data }) => send({ type: 'compose', text: data.slice(0, 1000) }))
  field.addEventListener('compositionend', ({ data }) => {
    if (data === '') send({ type: 'compose', text: '' })
    else tell(data)
    reset()
  })
  // What the keyboard of a phone writes has no keys.
  field.addEventListener('beforeinput', (event) => {
    if (event.isComposing) return
    event.preventDefault()
    if (event.inputType.startsWith('delete')) press('Backspace', 8)
    else if (event.inputType === 'insertLineBreak' || event.inputType === 'insertParagraph') press('Enter', 13)
    else if (event.data) tell(event.data)
  })
}
