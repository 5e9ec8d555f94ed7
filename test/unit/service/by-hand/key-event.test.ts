import { describe, expect, it } from 'vitest'
import { keyEventOf } from '../../../../src/service/by-hand/key-event.ts'
import type { KeyInput } from '../../../../src/service/by-hand/person-message.ts'

const press = (key: string, more: Partial<KeyInput> = {}) =>
  keyEventOf({
    ...{ type: 'key', down: true, key, code: '', keyCode: 0, repeat: false },
    ...{ shift: false, command: false, alt: false },
    ...more,
  })

describe('a key of a person', () => {
  it.each([
    ['a', { text: 'a', type: 'keyDown' }],
    ['É', { text: 'É' }],
    ['😀', { text: '😀' }],
    ['Enter', { text: '\r', type: 'keyDown' }],
  ])('%s writes', (key, event) => expect(press(key)).toMatchObject(event))

  it.each(['Tab', 'Backspace', 'ArrowLeft', 'Escape', 'Shift'])('%s writes nothing', (key) => {
    expect(press(key)).toMatchObject({ key, type: 'rawKeyDown' })
    expect(press(key)).not.toHaveProperty('text')
  })

  it('is let go without a text', () => {
    expect(press('a', { down: false })).toMatchObject({ type: 'keyUp', key: 'a' })
    expect(press('a', { down: false })).not.toHaveProperty('text')
  })

  it('edits together with Ctrl', () => {
    expect(press('a', { command: true })).toMatchObject({ type: 'rawKeyDown', modifiers: 2 })
    expect(press('A', { command: true, shift: true })).toMatchObject({ modifiers: 10 })
    expect(press('ArrowLeft', { command: true })).toMatchObject({ type: 'rawKeyDown', modifiers: 2 })
  })

  it.each(['t', 'n', 'w', 'l', 'o', 'u', 'p', 's', 'v', 'Tab', 'PageUp', 'Escape'])(
    'Ctrl+%s opens nothing',
    (key) => expect(press(key, { command: true })).toBeNull(),
  )

  it.each(['F1', 'F5', 'F6', 'F12', 'ContextMenu', 'BrowserBack', 'Meta', 'Control', 'Alt', 'PrintScreen'])(
    '%s is no key of the page',
    (key) => expect(press(key)).toBeNull(),
  )

  it('does not go back with Alt', () => {
    expect(press('ArrowLeft', { alt: true })).toBeNull()
    expect(press('ArrowLeft', { alt: true, command: true })).toBeNull()
  })

  it('writes third characters', () => {
    expect(press('@', { alt: true, command: true })).toMatchObject({ text: '@', modifiers: 0 })
    expect(press('€', { alt: true })).toMatchObject({ text: '€', modifiers: 0 })
  })
})
