import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOnejarError } from '../../src/core/index.ts'
import { cdpFingerprint, cdpObstacle, toCdpCookieParam } from '../../src/record/codecs/cdp-cookie.ts'
import { fromCdpJson, toCdpJson } from '../../src/record/codecs/cdp-json.ts'
import { unfitness } from '../../src/record/codecs/cookie-fitness.ts'
import { fromNetscape, toNetscape } from '../../src/record/codecs/netscape.ts'
import { fromOnejarJson, toOnejarJson } from '../../src/record/codecs/onejar-json.ts'
import { cookieSchema } from '../../src/record/codecs/schemas.ts'
import type { Imported, SessionState } from '../../src/record/codecs/state.ts'
import { fromStorageState, toStorageState } from '../../src/record/codecs/storage-state.ts'
import { isUtf8 } from '../../src/record/codecs/text-bytes.ts'
import type { Cookie } from '../../src/record/cookie.ts'
import { cookieId } from '../../src/record/entry.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'
import { arbitraryCookie, EPOCH_MS } from './arbitrary-cookie.ts'

/** Import options whose clock starts just after the last generated cookie was made. */
function options() {
  let time = EPOCH_MS * 1024 + 1_000_000
  return { tick: () => ++time }
}

const cookies = (anyBytes: boolean) =>
  fc
    .uniqueArray(arbitraryCookie({ anyBytes }), { selector: cookieId, maxLength: 12 })
    .map((all) => all.filter((cookie) => cookie.name !== '' || cookie.value !== ''))
const items = fc.uniqueArray(
  fc.tuple(fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 20 })),
  { selector: ([key]) => key, maxLength: 6 },
)
const origins = fc.uniqueArray(
  fc.record({
    origin: fc.constantFrom(
      'https://example.com',
      'http://localhost:8080',
      'https://[::1]:8443',
      'http://127.0.0.1',
    ),
    localStorage: items,
    sessionStorage: items,
    indexedDB: fc.option(
      fc.array(fc.record({ name: fc.string(), version: fc.nat(), stores: fc.constant([]) }), {
        maxLength: 2,
      }),
    ),
  }),
  { selector: ({ origin }) => origin, maxLength: 4 },
)
const states = (anyBytes: boolean): fc.Arbitrary<SessionState> =>
  fc.record({ cookies: cookies(anyBytes), origins })

/** A cookie without its creation time, which no format but Onejar's own carries, and with what a format changes. */
function without(cookie: Cookie, changed: Partial<Cookie> = {}): Omit<Cookie, 'created'> {
  const { created: _, ...rest } = { ...cookie, ...changed }
  return rest
}

const imported = (file: Imported) => file.cookies.map((cookie) => without(cookie))
const lost = (losses: readonly { what: string; count: number }[], what: string) =>
  losses.filter((loss) => loss.what === what).reduce((sum, loss) => sum + loss.count, 0)

describe('what is exported and imported again', () => {
  it('is the same in Onejar JSON', () => {
    fc.assert(
      fc.property(states(true), (state) => {
        expect(fromOnejarJson(toOnejarJson(state), options())).toEqual({ ...state, problems: [] })
      }),
    )
  })

  it('is the same in CDP JSON, but for bytes that are not UTF-8 and storage, which are listed', () => {
    fc.assert(
      fc.property(states(true), (state) => {
        const { text, losses } = toCdpJson(state)
        const carried = state.cookies.filter((cookie) => isUtf8(cookie.name) && isUtf8(cookie.value))
        const file = fromCdpJson(text, options())
        expect(file.problems).toEqual([])
        expect(imported(file)).toEqual(carried.map((cookie) => without(cookie)))
        expect(lost(losses, 'cookie')).toBe(state.cookies.length - carried.length)
        expect(lost(losses, 'storage')).toBe(state.origins.length)
      }),
    )
  })

  it('is the same in Playwright’s storage state, but for what is listed', () => {
    fc.assert(
      fc.property(states(true), (state) => {
        const { state: made, losses } = toStorageState(state)
        const carried = state.cookies.filter((cookie) => cdpObstacle(cookie) === null)
        const file = fromStorageState(JSON.stringify(made), options())
        expect(file.problems).toEqual([])
        const flat = { priority: 'medium', sourceScheme: 'unset', sourcePort: -1 } as const
        expect(imported(file)).toEqual(
          carried.map((cookie) =>
            without(cookie, {
              ...flat,
              sameSite: cookie.sameSite === 'unspecified' ? 'lax' : cookie.sameSite,
            }),
          ),
        )
        expect(file.origins).toEqual(state.origins.map((origin) => ({ ...origin, sessionStorage: [] })))
        expect(lost(losses, 'cookie')).toBe(state.cookies.length - carried.length)
        expect(lost(losses, 'sameSite')).toBe(
          carried.filter(({ sameSite }) => sameSite === 'unspecified').length,
        )
        expect(lost(losses, 'priority')).toBe(carried.filter(({ priority }) => priority !== 'medium').length)
        expect(lost(losses, 'sessionStorage')).toBe(
          state.origins.filter(({ sessionStorage }) => sessionStorage.length > 0).length,
        )
      }),
    )
  })

  it('is the same in cookies.txt, but for what is listed', () => {
    fc.assert(
      fc.property(states(true), (state) => {
        const { text, losses } = toNetscape(state)
        const carried = state.cookies.filter(
          (cookie) => cookie.partitionKey === null && isUtf8(cookie.name) && isUtf8(cookie.value),
        )
        const none = {
          sameSite: 'unspecified',
          priority: 'medium',
          sourceScheme: 'unset',
          sourcePort: -1,
        } as const
        const wanted = carried.map((cookie) =>
          without(cookie, {
            ...none,
            expiresAt: cookie.expiresAt === null ? null : Math.floor(cookie.expiresAt / 1000) * 1000,
          }),
        )
        for (const input of [text, Buffer.from(text), text.replaceAll('\n', '\r\n')]) {
          const file = fromNetscape(input, options())
          expect(file.problems).toEqual([])
          expect(sorted(imported(file))).toEqual(sorted(wanted))
        }
        expect(lost(losses, 'cookie')).toBe(state.cookies.length - carried.length)
      }),
    )
  })

  it('has cookies that the record can hold, in the order of the file', () => {
    fc.assert(
      fc.property(states(true), (state) => {
        const file = fromCdpJson(toCdpJson(state).text, options())
        for (const cookie of file.cookies) expect(cookieSchema.safeParse(cookie).success).toBe(true)
        const times = file.cookies.map((cookie) => cookie.created)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(new Set(times).size).toBe(times.length)
      }),
    )
  })
})

/** Cookies that differ in their partition alone are one in cookies.txt, so order and number are not compared. */
function sorted(all: readonly Omit<Cookie, 'created'>[]): string[] {
  return [...new Set(all.map((cookie) => JSON.stringify(cookie, Object.keys(cookie).sort())))].sort()
}

describe('cdpFingerprint', () => {
  it('is the same for a cookie and for what is pushed of it', () => {
    fc.assert(
      fc.property(arbitraryCookie({ anyBytes: true }), (cookie) => {
        if (isUtf8(cookie.name) && isUtf8(cookie.value)) {
          expect(cdpFingerprint(toCdpCookieParam(cookie, EPOCH_MS))).toBe(cdpFingerprint(cookie))
        }
      }),
    )
  })
})

describe('what the cookie rules let into the record', () => {
  const piece = fc.constantFrom(
    ...['a', 'Z', '=', ';', ' ', '"', '/', '.', '%', '\\', '\xc3\xbc', '\xff', '\u6625', '\t', '-', '0'],
    ...[
      '; Path=/',
      '; Path=',
      '; Domain=example.com',
      '; Domain=',
      '; Secure',
      '; HttpOnly',
      '; SameSite=None',
    ],
    ...[
      '; SameSite=Lax',
      '; Partitioned',
      '; Max-Age=99999999999',
      '; Max-Age=60',
      '; Priority=High',
      '__Host-a',
      '__Http-',
    ],
  )
  const line = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''))
  const url = fc.constantFrom(
    'https://www.example.com/a;jsessionid=1/b',
    'http://example.com.:8080/%C3%BC/|/x',
    'https://github.io/',
    'http://localhost/a/b',
    'https://[::1]:8443/x/',
  )

  it('is taken by the store’s schema, and by the files', () => {
    let held = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(line, url), { maxLength: 20 }), (all) => {
        const test = new JarUnderTest()
        for (const [text, from] of all) test.set(text, from)
        const cookies = test.jar.all()
        held += cookies.length
        for (const cookie of cookies) {
          expect(cookieSchema.safeParse(cookie).error).toBeUndefined()
          expect(unfitness(cookie)).toBeNull()
        }
        const file = toOnejarJson({ cookies, origins: [] })
        expect(fromOnejarJson(file, { tick: () => Number.MAX_SAFE_INTEGER }).cookies).toEqual(cookies)
      }),
      { numRuns: 300 },
    )
    expect(held).toBeGreaterThan(300)
  })
})

describe('a hostile file', () => {
  const importers = { fromStorageState, fromCdpJson, fromOnejarJson } as const

  // Values of all types where the formats have members, so that each check is met from both sides.
  const member = fc.constantFrom(
    ...[
      'cookies',
      'origins',
      'format',
      'version',
      'name',
      'value',
      'domain',
      'path',
      'expires',
      'expiresAt',
      'secure',
    ],
    ...[
      'httpOnly',
      'hostOnly',
      'sameSite',
      'priority',
      'partitionKey',
      'topLevelSite',
      'hasCrossSiteAncestor',
    ],
    ...[
      'localStorage',
      'sessionStorage',
      'indexedDB',
      'origin',
      '__proto__',
      'constructor',
      'size',
      'created',
    ],
  )
  const scalar = fc.oneof(
    fc.constantFrom(
      'onejar',
      1,
      '',
      '.',
      'example.com',
      '.example.com',
      '/',
      -1,
      0,
      1e308,
      'Lax',
      'None',
      true,
      null,
    ),
    fc.constantFrom('\ud800', '[::1', '%', 'https://example.com', 'javascript:1', '\u0000', 'a;b', '\r\n'),
    fc.double(),
    fc.string({ unit: 'binary' }),
  )
  const { hostile } = fc.letrec((tie) => ({
    hostile: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      scalar,
      fc.array(tie('hostile'), { maxLength: 4 }),
      fc.dictionary(member, tie('hostile'), { maxKeys: 10 }),
    ),
  }))

  it('is read or refused, and what is read of it fits the record', () => {
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom(...Object.values(importers)),
        fc.boolean(),
        (value, read, wrap) => {
          const head = { format: 'onejar', version: 1, cookies: [], origins: [] }
          expectSound(() => read(wrap && isObject(value) ? { ...head, ...value } : value, options()))
          expectSound(() =>
            read(JSON.stringify(wrap ? { ...head, cookies: [value], origins: [value] } : value), options()),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is read or refused when one member of a good file is spoilt', () => {
    fc.assert(
      fc.property(states(true), scalar, fc.nat(), fc.nat(), (state, bad, which, where) => {
        const files = [
          toStorageState(state).state,
          JSON.parse(toCdpJson(state).text),
          JSON.parse(toOnejarJson(state)),
        ]
        const file = files[which % 3]
        const list = Array.isArray(file) ? file : which % 2 ? file.cookies : file.origins
        const target = list[where % Math.max(1, list.length)]
        if (target) target[Object.keys(target)[where % Object.keys(target).length]!] = bad
        const read = Object.values(importers)[which % 3]!
        expectSound(() => read(file, options()))
      }),
      { numRuns: 500 },
    )
  })

  it('is read or refused as cookies.txt', () => {
    const field = fc.oneof(
      fc.constantFrom(
        'example.com',
        '.x.org',
        'TRUE',
        'FALSE',
        '/',
        '0',
        '99999999999',
        '-',
        '',
        '#HttpOnly_',
        '\r',
        '9'.repeat(400),
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    const line = fc.array(field, { maxLength: 9 }).map((fields) => fields.join('\t'))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        expectSound(() => fromNetscape(lines.join('\n'), options()))
        expectSound(() => fromNetscape(Buffer.from(lines.join('\n'), 'latin1'), options()))
      }),
      { numRuns: 500 },
    )
  })

  it('cannot exhaust the stack or the memory', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    for (const read of Object.values(importers)) expectSound(() => read(deep, options()))
    const snapshot = `{"origins":[{"origin":"https://example.com","indexedDB":${deep}}]}`
    expect(fromStorageState(snapshot, options()).problems).toHaveLength(1)
    const many = { cookies: Array.from({ length: 100_001 }, () => 0) }
    expect(() => fromStorageState(many, options())).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }),
    )
  })
})

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The import gives what the record can hold, or refuses with the one code; it never throws anything else. */
function expectSound(read: () => Imported): void {
  let file: Imported
  try {
    file = read()
  } catch (error) {
    expect(isOnejarError(error, 'ONEJAR_BAD_INPUT')).toBe(true)
    return
  }
  for (const cookie of file.cookies) {
    expect(cookieSchema.safeParse(cookie).success).toBe(true)
    expect(Number.isFinite(cookie.expiresAt ?? 0)).toBe(true)
  }
  for (const { origin } of file.origins) expect(new URL(origin).origin).toBe(origin)
}
