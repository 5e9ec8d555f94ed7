import { type Cookie, cookieId, type Entry, localId, msToTime } from '../record/index.ts'

/** A stamp `ticks` after a fixed instant. */
export function stampAt(ticks: number, writer = 'writer-a') {
  return { time: msToTime(1_790_000_000_000) + ticks, writer }
}

/** A cookie of `www.shop.example`; with a null value, its deletion. */
export function cookieEntry(
  name: string,
  value: string | null,
  ticks: number,
  more: Partial<Cookie> = {},
): Entry {
  const cookie: Cookie = {
    name,
    value: value ?? '',
    domain: 'www.shop.example',
    hostOnly: true,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'unspecified',
    priority: 'medium',
    partitionKey: null,
    expiresAt: null,
    sourceScheme: 'secure',
    sourcePort: 443,
    created: stampAt(ticks).time,
    ...more,
  }
  return {
    kind: 'cookie',
    id: cookieId(cookie),
    stamp: stampAt(ticks),
    value: value === null ? null : cookie,
  }
}

/** A localStorage item of `https://shop.example`. */
export function localEntry(key: string, value: string | null, ticks: number, writer?: string): Entry {
  return { kind: 'local', id: localId('https://shop.example', key), stamp: stampAt(ticks, writer), value }
}

/** One entry of each kind, with `secret` in it wherever there is room for a secret. */
export function everyKind(secret: string): Entry[] {
  const origin = 'https://shop.example'
  const stamp = stampAt(0)
  return [
    cookieEntry(`name-${secret}`, `value-${secret}`, 0, { path: `/${secret}` }),
    cookieEntry(`gone-${secret}`, null, 0),
    localEntry(`key-${secret}`, `item-${secret}`, 0),
    { kind: 'session-snapshot', id: origin, stamp, value: { [`key-${secret}`]: secret } },
    {
      kind: 'indexeddb-snapshot',
      id: origin,
      stamp,
      value: [{ name: secret, stores: [{ records: [secret] }] }],
    },
    {
      kind: 'identity',
      id: '',
      stamp,
      value: { userAgent: `agent ${secret}`, clientHints: { 'sec-ch-ua': secret }, acceptLanguage: secret },
    },
    {
      kind: 'route',
      id: `${origin}\n/${secret}`,
      stamp,
      value: { transport: 'page', reason: secret, until: 5 },
    },
    {
      kind: 'visit',
      id: `${origin}/${secret}`,
      stamp,
      value: {
        outcome: 'failed',
        endedAt: 5,
        code: 'ONEJAR_CHALLENGE_LOOP',
        reason: secret,
        failures: 1,
        pausedUntil: 6,
        clearance: [secret],
        observedLifeMs: null,
        page: `${origin}/${secret}`,
      },
    },
    {
      kind: 'binding',
      id: `${origin}\nauthorization\n${secret}`,
      stamp,
      value: {
        origin,
        header: 'authorization',
        template: `Bearer {} ${secret}`,
        transform: 'raw',
        page: 'https://a.example/',
        source: { kind: 'local', origin, key: `key-${secret}`, path: [secret] },
        learned: true,
      },
    },
    {
      kind: 'data-route',
      id: `${origin}\n${secret}\n${origin}/*`,
      stamp,
      value: {
        pattern: { origin, path: [secret, null], query: [[secret, secret]], fragment: [] },
        requests: [
          {
            isPage: false,
            method: 'GET',
            url: `${origin}/api?q=${secret}`,
            body: null,
            headers: [['x-trace', secret]],
            parts: [
              {
                place: ['query', 'q', 0],
                from: { of: 'path', index: 1, pick: 'whole' },
                before: secret,
                after: '',
                count: 'same',
                isNumber: false,
              },
            ],
            redirected: false,
          },
        ],
        fields: [
          {
            name: secret,
            readings: [
              { request: 0, document: '', path: [secret], format: { as: 'text', before: secret, after: '' } },
            ],
            beside: [secret],
            mayLack: false,
          },
        ],
        learnedAt: 5,
        until: 1_890_000_000_000,
      },
    },
    {
      kind: 'dead-letter',
      id: `letter-${secret}`,
      stamp,
      value: {
        at: 5,
        expiresAt: 1_890_000_000_000,
        method: 'POST',
        url: `${origin}/${secret}`,
        tier: 'recoverable',
        code: 'ONEJAR_NETWORK',
        attempts: 3,
        request: {
          search: `?q=${secret}`,
          headers: [['x-trace', secret]],
          bodyBase64: Buffer.from(secret).toString('base64'),
          isWhole: true,
        },
      },
    },
    {
      kind: 'idempotency',
      id: `key-${secret}`,
      stamp,
      value: {
        state: 'done',
        fingerprint: 'a'.repeat(43),
        startedAt: 5,
        expiresAt: 1_890_000_000_000,
        response: {
          status: 201,
          url: `${origin}/${secret}?q=${secret}`,
          headers: [['set-cookie', `a=${secret}`]],
          bodyBase64: null,
        },
      },
    },
    {
      kind: 'quarantine',
      id: origin,
      stamp,
      value: { at: 5, until: 1_890_000_000_000, reason: secret },
    },
    { kind: 'rate-limit-pause', id: origin, stamp, value: { at: 5, until: 1_890_000_000_000 } },
    { kind: 'login', id: origin, stamp, value: { at: 5, endsAt: 1_890_000_000_000 } },
    { kind: 'halt', id: origin, stamp, value: { at: 5, verdict: 'captcha', vendor: null, reason: secret } },
  ]
}

/** A dead letter that expires at `expiresAt`, or (with null) its deletion. */
export function deadLetter(id: string, expiresAt: number | null, ticks: number): Entry {
  const letter = everyKind('x').find((entry) => entry.kind === 'dead-letter')
  const value = expiresAt === null || !letter?.value ? null : { ...letter.value, expiresAt }
  return { kind: 'dead-letter', id, stamp: stampAt(ticks), value }
}
