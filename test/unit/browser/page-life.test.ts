import { describe, expect, it } from 'vitest'
import { PageLife } from '../../../src/browser/pages/page-life.ts'

const DONE = Promise.resolve(true)

function watched(): PageLife<string> {
  const life = new PageLife<string>()
  life.watched('agent')
  life.attachEnded()
  return life
}

describe('a page that is attached to', () => {
  it('is waited for, and can be asked then', async () => {
    const life = new PageLife<string>()
    const { attached } = life
    expect([life.attaching, life.agent]).toEqual([true, undefined])
    life.watched('agent')
    life.attachEnded()
    await attached
    expect([life.attaching, life.agent, life.attached]).toEqual([false, 'agent', undefined])
  })

  it('is waited for no longer when it crashes, and watched when it answers after all', () => {
    const life = new PageLife<string>()
    life.lost()
    expect([life.attaching, life.attached]).toEqual([false, undefined])
    life.watched('agent')
    expect(life.agent).toBe('agent')
  })

  it('is asked nothing where that failed', async () => {
    const life = new PageLife<string>()
    const { attached } = life
    life.attachEnded()
    await attached
    expect([life.attaching, life.agent]).toEqual([false, undefined])
  })
})

describe('a page that is finished', () => {
  it('is read until it has stopped', () => {
    const life = watched()
    expect(life.finishing).toBeUndefined()
    life.finishes('agent', DONE)
    expect([life.agent, life.finishing]).toEqual(['agent', DONE])
    life.finished('silent')
    expect([life.agent, life.finishing], 'nothing has to be asked any more').toEqual([undefined, DONE])
  })

  it('is read on where an answer lets its scripts go on', () => {
    const life = watched()
    life.finishes('agent', DONE)
    life.finished('answering')
    expect([life.agent, life.finishing]).toEqual(['agent', DONE])
  })

  it('is watched as before where it does not stop, and can be finished again', () => {
    const life = watched()
    life.finishes('agent', DONE)
    life.finished('running')
    expect([life.agent, life.finishing]).toEqual(['agent', undefined])
    life.finishes('agent', DONE)
  })

  it('is not finished twice', () => {
    const life = watched()
    life.finishes('agent', DONE)
    expect(() => life.finishes('agent', DONE)).toThrow('A page that is finishing cannot be finishing')
    life.finished('silent')
    expect(() => life.finishes('agent', DONE)).toThrow('A page that is finished cannot be finishing')
  })

  it('stays closed where it was closed before it answered', () => {
    const life = watched()
    life.finishes('agent', DONE)
    life.closed()
    for (const end of ['running', 'answering', 'silent'] as const) life.finished(end)
    life.closed()
    expect([life.agent, life.finishing]).toEqual([undefined, undefined])
    expect(() => life.watched('agent')).toThrow('A page that is closed cannot be watched')
  })
})
