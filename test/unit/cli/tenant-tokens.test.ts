import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tenantTokensFrom } from '../../../src/cli/token.ts'

const folder = mkdtempSync(join(tmpdir(), 'onejar-tokens-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('tenantTokensFrom', () => {
  it('reads a file, or else the environment', () => {
    const file = join(folder, 'tokens.json')
    writeFileSync(file, '{ "acme": "one", "globex": ["two", "three"], "__proto__": "four" }\n')
    expect(tenantTokensFrom(file, '{"not":"this"}')).toEqual([
      { tenant: 'acme', token: 'one' },
      { tenant: 'globex', token: 'two' },
      { tenant: 'globex', token: 'three' },
      { tenant: '__proto__', token: 'four' },
    ])
    expect(tenantTokensFrom(undefined, '{"acme":"one"}')).toEqual([{ tenant: 'acme', token: 'one' }])
    for (const none of [undefined, '']) expect(tenantTokensFrom(undefined, none)).toEqual([])
  })

  it.each(['canary', '["canary"]', '{"acme":{"a":"canary"}}', '{"acme":["canary",1]}', 'null', '"canary"'])(
    'refuses %s without repeating it',
    (text) => {
      const read = () => tenantTokensFrom(undefined, text)
      expect(read).toThrow(/ONEJAR_TENANT_TOKENS has another form/)
      expect(read).not.toThrow(/canary/)
    },
  )

  it('says which file cannot be read', () => {
    expect(() => tenantTokensFrom(join(folder, 'nowhere.json'), undefined)).toThrow(
      /nowhere\.json cannot be read/,
    )
  })
})
