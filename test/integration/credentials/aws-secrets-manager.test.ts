import { inspect } from 'node:util'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AwsSecretsManagerOptions,
  awsSecretsManagerCredentials,
} from '../../../src/aws-secrets-manager/index.ts'
import { failRequest, SecretsManagerStandIn } from '../../support/secrets-manager-stand-in.ts'

// The server here is a stand-in that speaks the documented API, not AWS itself; the SDK is the real one.

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-access-key' }
const json = (password: string) => JSON.stringify({ username: 'alice', password })

let service: SecretsManagerStandIn
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  service = await SecretsManagerStandIn.start()
  service.put('onejar/default/alice', json('canary-one'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((provider) => provider.close()))
  await service.close()
})

function provider(more: AwsSecretsManagerOptions = {}) {
  const where =
    more.client === undefined
      ? { region: 'eu-central-1', endpoint: service.endpoint, credentials: IDENTITY }
      : {}
  const made = awsSecretsManagerCredentials({ ...where, ...more })
  open.push(made)
  return made
}

const password = async (from: ReturnType<typeof provider>) => (await from.get('alice'))?.password.reveal()

describe('credentials from AWS Secrets Manager', () => {
  it('are those of the current version, and print as [secret]', async () => {
    const credential = await provider().get('alice')
    expect(credential?.username.reveal()).toBe('alice')
    expect(credential?.password.reveal()).toBe('canary-one')
    expect(JSON.stringify(credential)).toBe('{"username":"[secret]","password":"[secret]"}')
    expect(inspect(credential, { depth: 9, showHidden: true })).not.toContain('canary-one')
  })

  it('are had by a client of the user, which stays open, and under any name, with any fields', async () => {
    const client = new SecretsManagerClient({
      region: 'eu-central-1',
      endpoint: service.endpoint,
      credentials: IDENTITY,
    })
    service.put('acme-alice', JSON.stringify({ user: 'alice', pass: 'canary-two', port: 5432 }))
    const from = provider({
      client,
      secretId: (name, tenant) => `${tenant}-${name}`,
      fields: { username: 'user', password: 'pass' },
    })
    expect((await from.get('alice', undefined, 'acme'))?.password.reveal()).toBe('canary-two')
    await from.close()
    expect(await provider({ client }).read('onejar/default/alice')).toMatchObject({})
    client.destroy()
  })

  it('have names that Secrets Manager takes, and no two the same', async () => {
    const from = provider()
    for (const name of ['a b', 'a_b', 'a_x20b', 'a/b', 'ä']) expect(await from.get(name)).toBeNull()
    expect(service.asked).toEqual(
      ['a_x20b', 'a_x5fb', 'a_x5fx20b', 'a_x2fb', '_xc3_xa4'].map((name) => `onejar/default/${name}`),
    )
  })

  it('come from memory, are read again when they were refused, and when their time is over', async () => {
    const from = provider()
    const all = await Promise.all(Array.from({ length: 20 }, () => password(from)))
    expect(new Set(all)).toEqual(new Set(['canary-one']))
    expect(service.asked).toHaveLength(1)
    service.put('onejar/default/alice', json('canary-two'))
    expect(await password(from)).toBe('canary-one')
    from.refused('alice', (await from.get('alice'))!)
    expect(await password(from)).toBe('canary-two')
    const brief = provider({ ttlMs: 1 })
    expect(await password(brief)).toBe('canary-two')
    service.put('onejar/default/alice', json('canary-three'))
    await expect.poll(() => password(brief)).toBe('canary-three')
  })

  it.each([
    ['no JSON', 'canary-one'],
    ['a list', '["canary-one"]'],
    ['no password', '{"username":"canary-one"}'],
  ])('are unusable with %s, and the error has nothing of it', async (_, text) => {
    service.put('onejar/default/alice', text)
    const error = await provider()
      .get('alice')
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|alice/)
  })

  it.each([
    'AccessDeniedException',
    'DecryptionFailure',
    'InvalidRequestException',
    'UnrecognizedClientException',
  ])('are unusable when the service says %s, and the error has its name alone', async (type) => {
    service.onRequest = (response) => failRequest(response, 400, type)
    const error = await provider()
      .get('alice')
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNUSABLE' })
    expect(error.message).toContain(type)
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|alice|arn:/)
  })
})

describe('AWS Secrets Manager in trouble', () => {
  it.each<[string, (response: Parameters<SecretsManagerStandIn['onRequest']>[0]) => true]>([
    ['is throttled', (response) => failRequest(response, 400, 'ThrottlingException')],
    ['has a fault', (response) => failRequest(response, 500, 'InternalServiceError')],
    [
      'ends in the middle of an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"SecretString":"can')
        response.socket?.resetAndDestroy()
        return true
      },
    ],
  ])('that %s is asked again, and what is kept is given when that does not help', async (_, fail) => {
    let left = 1
    service.onRequest = (response) => left-- > 0 && fail(response)
    const from = provider({ ttlMs: 1, attempts: 2 })
    expect(await password(from)).toBe('canary-one')
    expect(service.asked).toHaveLength(2)
    left = Infinity
    await expect.poll(async () => [await password(from), service.asked.length]).toEqual(['canary-one', 4])
    await expect(from.get('bob')).rejects.toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })
  })

  it('that cannot be reached, or does not answer, is unavailable', async () => {
    service.onRequest = () => true
    await expect(provider({ timeoutMs: 200, attempts: 1 }).get('alice')).rejects.toMatchObject({
      code: 'ONEJAR_CREDENTIALS_UNAVAILABLE',
    })
    await service.close()
    await expect(provider({ attempts: 1 }).get('alice')).rejects.toMatchObject({
      code: 'ONEJAR_CREDENTIALS_UNAVAILABLE',
    })
  })
})

it.each<[string, AwsSecretsManagerOptions]>([
  ['an unknown option', { regoin: 'x' } as AwsSecretsManagerOptions],
  ['a client and what a client has', { client: { send: async () => ({}) }, region: 'eu-central-1' }],
  ['a client that is none', { client: {} as never }],
])('the provider refuses %s', (_, options) => {
  expect(() => awsSecretsManagerCredentials(options)).toThrow(
    expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }),
  )
})
