import { describe, expect, it } from 'vitest'
import { SESSION_FORMATS } from '../../../src/client/formats/format-names.ts'
import { exportEntries, importWrites } from '../../../src/client/formats/session-formats.ts'
import { type Entry, StampClock } from '../../../src/record/index.ts'

const NOW = 1_800_000_000_000
const stamps = new StampClock('test', { now: () => NOW })
const options = { tick: () => stamps.tick() }

const STATE = {
  cookies: [
    {
      name: 'sid',
      value: 'v1',
      domain: '.shop.example',
      path: '/',
      expires: -1,
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    },
  ],
  origins: [{ origin: 'https://shop.example', localStorage: [{ name: 'token', value: 'v2' }] }],
}

/** A record's entries, as an import makes them. */
function entries(): Entry[] {
  const { writes } = importWrites(STATE, 'auto', options)
  return writes.map((write) => ({ ...write, stamp: stamps.stamp() }) as Entry)
}

describe('session formats', () => {
  it.each(SESSION_FORMATS)('%s is told apart by its content, as text, bytes and object', (format) => {
    const { text } = exportEntries(entries(), format, NOW)
    const inputs = [text, Buffer.from(text), ...(format === 'netscape' ? [] : [JSON.parse(text) as object])]
    for (const input of inputs) {
      const { writes, report } = importWrites(input, 'auto', options)
      expect(report).toMatchObject({ format, cookies: 1, problems: [] })
      expect(writes[0]).toMatchObject({
        kind: 'cookie',
        value: { name: 'sid', value: 'v1', hostOnly: false, httpOnly: true },
      })
    }
  })

  it('names what a form cannot carry', () => {
    expect(exportEntries(entries(), 'json', NOW).losses).toEqual([])
    expect(exportEntries(entries(), 'netscape', NOW).losses.map(({ what }) => what)).toContain('storage')
    expect(exportEntries(entries(), 'playwright', NOW).storageState?.origins).toEqual(STATE.origins)
  })

  it('leaves out what has expired', () => {
    const [cookie] = entries()
    const past = { ...cookie, value: { ...(cookie!.value as object), expiresAt: NOW - 1 } } as Entry
    expect(exportEntries([past], 'playwright', NOW).storageState?.cookies).toEqual([])
  })

  it.each([['{}'], ['{"a":'], ['[1'], ['{"format":"onejar","version":99,"cookies":[],"origins":[]}']])(
    'refuses %s',
    (text) => {
      expect(() => importWrites(text, 'auto', options)).toThrow(
        expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }),
      )
    },
  )

  it('takes a form by name only when it is that form', () => {
    expect(() => importWrites({ cookies: [] }, 'netscape', options)).toThrow(/text/)
    expect(() => importWrites('# Netscape HTTP Cookie File\n', 'playwright', options)).toThrow(/JSON/)
  })
})
