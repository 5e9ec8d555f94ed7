import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkForm } from '../../../../src/record/codecs/check-form.ts'
import {
  fromCdpJson,
  fromHar,
  fromHeaderDump,
  fromNetscape,
  fromOnejarJson,
  fromStorageState,
} from '../../../../src/record/index.ts'

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

it('a value that is too large is named as that', () => {
  expect(checkForm(z.string().max(1), 'ab').error?.issues[0]?.message).toMatch(/^Too big/)
})

it('a file has 256 Mi characters at most', () => {
  const long = ' '.repeat(256 * 1024 * 1024 + 1)
  for (const read of [fromCdpJson, fromNetscape, fromHeaderDump])
    expect(() => read(long, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT', message: expect.stringContaining('is too large') }),
    )
})

it('what is wrong with a file is told with its place', () => {
  expect(() => fromOnejarJson({ format: 'onejar', version: 1, cookies: [], origins: 5 }, OPTIONS)).toThrow(
    'The Onejar file does not have the expected form: origins: Invalid input: expected array',
  )
  expect(() =>
    fromOnejarJson({ format: 'onejar', version: 1, cookies: [], origins: [], more: 1 }, OPTIONS),
  ).toThrow('it has an unknown member')
  expect(() => fromHar({ log: { entries: 5 } }, OPTIONS)).toThrow(
    'log.entries: Invalid input: expected array',
  )
})

it('a problem names the place and what was wanted, and nothing of what was there', () => {
  const secret = Object.assign(Object.create({ constructor: { name: 's3cret' } }), {})
  const { problems } = fromStorageState({ cookies: [{ name: secret }, nameless()] }, OPTIONS)
  expect(problems).toEqual([
    { at: 'cookies[0]', why: 'name: Invalid input: expected string' },
    { at: 'cookies[1]', why: 'name: Invalid input: expected string' },
  ])
})
