import { describe, expect, it } from 'vitest'
import { fromCdpJson, fromOnejarJson, fromStorageState } from '../../../../src/record/index.ts'

const OPTIONS = { tick: () => 1 }
/** An object without a prototype, whose class has a name that is no text. */
const nameless = () => {
  const bare = (members: object) => Object.assign(Object.create(null), members)
  return bare({ constructor: bare({ name: bare({}) }) })
}

describe.each(Object.entries({ fromCdpJson, fromOnejarJson, fromStorageState }))('%s', (_, read) => {
  it('refuses an object that lies about its class', () => {
    expect(() => read({ format: 'onejar', version: 1, cookies: nameless(), origins: [] }, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }),
    )
  })
})

it('a problem names the place and what was wanted, and nothing of what was there', () => {
  const secret = Object.assign(Object.create({ constructor: { name: 's3cret' } }), {})
  const { problems } = fromStorageState({ cookies: [{ name: secret }, nameless()] }, OPTIONS)
  expect(problems).toEqual([
    { at: 'cookies[0]', why: 'name: Invalid input: expected string' },
    { at: 'cookies[1]', why: 'name: Invalid input: expected string' },
  ])
})
