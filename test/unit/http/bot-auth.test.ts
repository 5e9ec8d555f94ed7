import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { verify as verifyWebBotAuth } from 'web-bot-auth'
import { verifierFromJWK } from 'web-bot-auth/crypto'
import { BotAuth } from '../../../src/http/bot-auth/bot-auth.ts'
import { type BotAuthOptions, botAuthSchema } from '../../../src/http/bot-auth/bot-auth-options.ts'
import { readBotKey } from '../../../src/http/bot-auth/bot-key.ts'
import { keyDirectory } from '../../../src/http/bot-auth/key-directory.ts'
import { signMessage } from '../../../src/http/bot-auth/sign-message.ts'
import { errorOf } from '../../support/broker.ts'

/** The test key of RFC 9421, appendix B.1.4. */
const RFC_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
} as const

const NOW = 1_800_000_000_000
const shop = new URL('https://shop.example/a?b')

function clock() {
  const at = { now: NOW }
  return { at, clock: { now: () => at.now, steady: () => at.now } }
}

async function open(options: Partial<BotAuthOptions> = {}, failed: unknown[] = []) {
  const { at, clock: fake } = clock()
  const plan = botAuthSchema.parse({
    key: RFC_KEY,
    agent: 'https://bot.example',
    origins: ['https://shop.example'],
    ...options,
  })
  const auth = await BotAuth.open(plan, { clock: fake, onKeyFailed: (error) => failed.push(error) })
  return { at, auth, headers: (url = shop) => objectOf(auth.headersFor(url)) }
}

function objectOf(list: readonly string[] | undefined): Record<string, string> | undefined {
  return (
    list && Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? '']] : [])))
  )
}

function newJwk(): BotAuthOptions['key'] {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { kty, crv, x, d } as Exclude<BotAuthOptions['key'], (...args: never) => unknown>
}

describe('a signature', () => {
  it('is that of the vector in the draft, appendix E.2.1', () => {
    const key = readBotKey(RFC_KEY)
    expect(key.keyId).toBe('poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U')
    const { input, signature } = signMessage(
      key,
      [
        { id: '"@authority"', value: 'example.com' },
        { id: '"signature-agent";key="agent2"', value: '"https://signature-agent.test"' },
      ],
      {
        tag: 'web-bot-auth',
        created: 1735689600,
        expires: 4889289600,
        nonce: 'n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==',
      },
    )
    expect(input).toContain('("@authority" "signature-agent";key="agent2");created=1735689600;keyid=')
    expect(signature).toBe(
      'sig1=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanGdhEwYCCg==:',
    )
  })

  it('is that of the vector for the older form of Signature-Agent, appendix E.2.2', () => {
    const agent = { id: '"signature-agent"', value: '"https://signature-agent.test"' }
    const { signature } = signMessage(
      readBotKey(RFC_KEY),
      [{ id: '"@authority"', value: 'example.com' }, agent],
      {
        tag: 'web-bot-auth',
        created: 1735689600,
        expires: 1735693200,
        nonce: 'e8N7S2MFd/qrd6T2R3tdfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==',
      },
    )
    expect(signature).toBe(
      'sig1=:jdq0SqOwHdyHr9+r5jw3iYZH6aNGKijYp/EstF4RQTQdi5N5YYKrD+mCT1HA1nZDsi6nJKuHxUi/5Syp3rLWBA==:',
    )
  })

  it('goes to the chosen origins alone, with the port that makes them', async () => {
    const { headers } = await open({ origins: ['https://shop.example', 'https://shop.example:8443'] })
    expect(headers()?.['Signature-Agent']).toBe('sig1="https://bot.example"')
    expect(headers(new URL('https://shop.example:8443/'))?.['Signature']).not.toBe(headers()?.['Signature'])
    for (const other of ['http://shop.example/', 'https://a.shop.example/', 'https://shop.example:444/']) {
      expect(headers(new URL(other))).toBeUndefined()
    }
  })

  it('is used again for a moment, and then made anew', async () => {
    const { at, headers } = await open()
    const first = headers()?.['Signature-Input']
    expect(first).toContain(`created=${NOW / 1000};`)
    expect(first).toContain(`expires=${NOW / 1000 + 60};tag="web-bot-auth"`)
    at.now += 999
    expect(headers()?.['Signature-Input']).toBe(first)
    at.now += 1
    expect(headers()?.['Signature-Input']).toContain(`created=${NOW / 1000 + 1};`)
  })

  it('has a nonce of its own where none is used again', async () => {
    const { headers } = await open({ reuseMs: 0 })
    const nonces = [1, 2].map(() => /nonce="([^"]+)"/.exec(headers()?.['Signature-Input'] ?? '')?.[1] ?? '')
    expect(new Set(nonces).size).toBe(2)
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64')).toHaveLength(64)
  })

  it('passes with the package of the draft’s authors, in the form that it knows', async () => {
    const { headers } = await open({ agentFormat: 'string', reuseMs: 0, expiresMs: 3_600_000 })
    const { d: _, ...publicJwk } = RFC_KEY
    const verifier = await verifierFromJWK(publicJwk)
    const message = { method: 'GET', url: shop.href, headers: headers() ?? {} }
    // It holds the times to the clock of the process.
    vi.useFakeTimers({ now: NOW + 1000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await expect(verifyWebBotAuth(message, verifier)).resolves.toBeUndefined()
    const forged = { ...message, url: 'https://other.example/' }
    await expect(verifyWebBotAuth(forged, verifier)).rejects.toThrow()
  })
})

describe('the key', () => {
  const secret = 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'
  it.each([
    ['another kind of key', { kty: 'EC', crv: 'P-256', x: RFC_KEY.x, d: secret }],
    ['no secret half', { ...RFC_KEY, d: undefined }],
    ['a short half', { ...RFC_KEY, d: secret.slice(1) }],
    ['halves of two keys', { ...RFC_KEY, x: 'A'.repeat(43) }],
    ['a text', 'key'],
    ['nothing', null],
  ])('is refused when it is %s, and is not in the message', async (_what, jwk) => {
    const error = await errorOf(() => readBotKey(jwk))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toMatch(/^botAuth\.key: /)
    expect(error.message).not.toContain(secret.slice(1, 10))
  })

  it('comes from a function, and a new one is taken when it is time', async () => {
    const keys = [newJwk(), newJwk()]
    let asked = 0
    const { at, headers } = await open({ key: () => keys[asked++] as never, keyRefreshMs: 10_000 })
    const before = headers()?.['Signature-Input']
    at.now += 10_000
    headers()
    // The answer of the function is taken in between two requests.
    await new Promise((resolve) => setImmediate(resolve))
    const after = headers()?.['Signature-Input']
    const keyOf = (input = '') => /keyid="([^"]+)"/.exec(input)?.[1]
    expect([asked, keyOf(before)]).toEqual([2, readBotKey(keys[0]).keyId])
    expect(keyOf(after)).toBe(readBotKey(keys[1]).keyId)
  })

  it('stays when the function fails later on, which is reported', async () => {
    const failed: unknown[] = []
    let asked = 0
    const key = () => {
      if (asked++ > 0) throw new Error('the KMS is away')
      return RFC_KEY
    }
    const { at, headers } = await open({ key, keyRefreshMs: 1_000 }, failed)
    at.now += 1_000
    expect(headers()?.['Signature-Input']).toContain(readBotKey(RFC_KEY).keyId)
    await new Promise((resolve) => setImmediate(resolve))
    at.now += 500
    expect(headers()?.['Signature-Input']).toContain(readBotKey(RFC_KEY).keyId)
    expect(failed).toEqual([new Error('the KMS is away')])
  })
})

describe('the options', () => {
  it.each([
    [{ agent: 'http://bot.example' }, 'agent'],
    [{ agent: 'https://bot.example/path' }, 'agent'],
    [{ origins: [] }, 'origins'],
    [{ origins: ['https://shop.example/path'] }, 'origins'],
    [{ origins: ['https://user:canary@shop.example'] }, 'origins'],
    [{ reuseMs: 60_000, expiresMs: 60_000 }, 'reuseMs'],
    [{ key: 'text' }, 'key'],
    [{ more: 1 }, ''],
  ])('refuse %o', (wrong, path) => {
    const given = { key: RFC_KEY, agent: 'https://bot.example', origins: ['https://shop.example'], ...wrong }
    const { error } = botAuthSchema.safeParse(given)
    expect(error?.issues[0]?.path[0] ?? '').toBe(path)
  })
})

describe('the directory', () => {
  it('holds the public half, and is signed for its host', () => {
    const { body, headers } = keyDirectory(readBotKey(RFC_KEY), 'https://bot.example', NOW, 60_000)
    expect(body.keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: RFC_KEY.x,
        kid: 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U',
        alg: 'EdDSA',
        use: 'sig',
      },
    ])
    expect(headers['Content-Type']).toBe('application/http-message-signatures-directory+json')
    expect(headers['Signature-Input']).toMatch(
      /^sig1=\("@authority";req\);.*tag="http-message-signatures-directory"$/,
    )
    expect(JSON.stringify({ body, headers })).not.toContain(RFC_KEY.d)
  })
})
