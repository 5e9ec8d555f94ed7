import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environmentCredentials, fileCredentials } from '../../../src/services/credential-sources.ts'

const NAMES = [
  'alice',
  'Alice',
  'ALICE',
  'alice-1',
  'alice_1',
  'alice.1',
  'alice1',
  'alice_x2d1',
  'a@b',
  'älice',
  'x_at_y',
]

/** The environment that has a credential for one name under what the error says it is called. */
async function variableFor(name: string, tenant: string): Promise<string> {
  const asked: string[] = []
  const env = new Proxy({}, { get: (_, key) => void asked.push(String(key)) })
  await environmentCredentials(env).get(name, undefined, tenant)
  return asked[0]!.replace(/_USERNAME$/, '')
}

const pair = (prefix: string) => ({ [`${prefix}_USERNAME`]: 'u', [`${prefix}_PASSWORD`]: 'p' })

describe('credentials of the environment', () => {
  it('are those of one name of one tenant', async () => {
    const all = NAMES.flatMap((name) =>
      ['default', 'acme', 'Acme', 'b_at_c'].map((tenant) => ({ name, tenant })),
    )
    const variables = await Promise.all(all.map(({ name, tenant }) => variableFor(name, tenant)))
    expect(new Set(variables).size).toBe(all.length)
    for (const variable of variables) expect(variable).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/)
    for (const [index, variable] of variables.entries()) {
      const provider = environmentCredentials(pair(variable))
      for (const [other, { name, tenant }] of all.entries()) {
        const found = await provider.get(name, undefined, tenant).catch(() => null)
        expect(found !== null).toBe(index === other)
      }
    }
  })

  it('keep the plain form for plain names', async () => {
    const provider = environmentCredentials(pair('ONEJAR_CRED_ALICE'))
    expect((await provider.get('alice'))?.password.reveal()).toBe('p')
    expect(await provider.get('alice', undefined, 'acme')).toBeNull()
    expect(await provider.get('bob')).toBeNull()
    const acme = environmentCredentials(pair('ONEJAR_CRED_ALICE_at_ACME'))
    expect((await acme.get('alice', undefined, 'acme'))?.username.reveal()).toBe('u')
    expect(await acme.get('alice')).toBeNull()
  })

  it('are refused where a variable could be of several names, with the right name', async () => {
    const provider = environmentCredentials(pair('ONEJAR_CRED_ALICE_1'))
    for (const [name, variable] of [
      ['alice-1', 'ONEJAR_CRED_ALICE_x2d1_USERNAME'],
      ['alice_1', 'ONEJAR_CRED_ALICE_x5f1_USERNAME'],
    ] as const)
      await expect(provider.get(name)).rejects.toMatchObject({
        code: 'ONEJAR_CREDENTIALS_UNUSABLE',
        message: expect.stringContaining(variable),
      })
  })
})

describe('credentials of a file', () => {
  it('are those of one tenant', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-cred-'))
    const path = join(folder, 'file')
    const write = (content: object) => writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    const provider = fileCredentials(path)
    const get = async (name: string, tenant?: string) =>
      (await provider.get(name, undefined, tenant))?.username.reveal()
    const of = (username: string) => ({ username, password: 'p' })
    try {
      write({ alice: of('a'), tenants: of('t') })
      expect([await get('alice'), await get('tenants'), await get('alice', 'acme')]).toEqual([
        'a',
        't',
        undefined,
      ])
      write({ tenants: { default: { alice: of('a') }, acme: { alice: of('b') } } })
      expect([await get('alice'), await get('alice', 'acme'), await get('alice', 'toString')]).toEqual([
        'a',
        'b',
        undefined,
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
