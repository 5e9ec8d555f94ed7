import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { type Ending, endInTime } from '../../../src/service/end-in-time.ts'

function ending(over: Partial<Ending> = {}, unwritten: { session: string; entries: number }[] = []) {
  const lines: [string, object, string][] = []
  const line = (level: string) => (fields: object, text: string) => void lines.push([level, fields, text])
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') } as never
  const parts: Ending = {
    broker: { unwritten: () => unwritten } as never,
    log,
    close: async () => {},
    busy: () => false,
    ...over,
  }
  return { end: () => endInTime(parts), lines }
}

describe('endInTime', () => {
  it('closes and says nothing when everything was written', async () => {
    let closed = false
    const { end, lines } = ending({
      close: async () => {
        closed = true
      },
    })
    await end()
    expect({ closed, lines }).toEqual({ closed: true, lines: [] })
  })

  it('says what could not be written, session by session and in all', async () => {
    const { end, lines } = ending({}, [
      { session: 'one', entries: 3 },
      { session: 'two', entries: 4 },
    ])
    await end()
    expect(lines.map(([level]) => level)).toEqual(['error', 'error', 'error'])
    expect(lines.map(([, fields]) => fields)).toEqual([
      { session: 'one', entries: 3 },
      { session: 'two', entries: 4 },
      { entries: 7, sessions: 2 },
    ])
  })

  it('names a hundred sessions at most', async () => {
    const many = Array.from({ length: 150 }, (_, at) => ({ session: `s${at}`, entries: 1 }))
    const { end, lines } = ending({}, many)
    await end()
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)?.[1]).toEqual({ entries: 150, sessions: 150 })
  })

  it('does not fail for a store that is away, and does for anything else', async () => {
    const failing = (error: Error) => ending({ close: () => Promise.reject(error) }).end()
    await failing(new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'away'))
    await expect(failing(new Error('a fault'))).rejects.toThrow('a fault')
  })
})
