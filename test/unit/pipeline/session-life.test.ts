import { describe, expect, it } from 'vitest'
import { LoginLives } from '../../../src/pipeline/login/login-lives.ts'
import { SessionLife } from '../../../src/pipeline/login/session-life.ts'
import { SessionRecord } from '../../../src/record/index.ts'

const START = 1_700_000_000_000
const SITE = new URL('https://shop.example/')

function make() {
  const clock = { time: START, now: () => clock.time }
  const record = new SessionRecord({ writer: 'w', clock })
  const life = new SessionLife(record, clock)
  const set = (...lines: string[]) => record.receive(lines, SITE, undefined, { name: 'http' }, undefined)
  return { clock, record, life, set }
}

/** A JSON web token that ends so many seconds after the start. */
function jwt(seconds: number): string {
  const claims = Buffer.from(JSON.stringify({ exp: START / 1_000 + seconds })).toString('base64url')
  return `eyJhbGciOiJIUzI1NiJ9.${claims}.c2lnbmF0dXJl`
}

describe('the life of a session', () => {
  it('is that of its longest cookie', () => {
    const { life, set } = make()
    expect(life.endsAt).toBeNull()
    set('a=1', 'b=2; Max-Age=60', 'c=3; Expires=Tue, 14 Nov 2023 23:13:20 GMT')
    expect(life.endsAt).toBe(START + 3_600_000)
  })

  it('ends with the token in a cookie, where that is earlier or the cookie says nothing', () => {
    const { life, set } = make()
    set(`a=${jwt(30)}; Max-Age=600`)
    expect(life.endsAt).toBe(START + 30_000)
    set(`b=${jwt(90)}`)
    expect(life.endsAt).toBe(START + 90_000)
  })

  it('is that of a token in localStorage', () => {
    const { life, record } = make()
    const write = (id: string, value: string) =>
      record.write([{ kind: 'local', id: `https://shop.example\n${id}`, value }], { name: 'page' })
    write('theme', 'dark')
    expect(life.endsAt).toBeNull()
    write('token', jwt(120))
    expect(life.endsAt).toBe(START + 120_000)
  })

  it('is that of the response which set a cookie that names no end', () => {
    const { life, set } = make()
    life.onSet(SITE, { 'cache-control': 'private, max-age=900' })
    expect(life.endsAt).toBeNull()
    set('sid=1')
    expect(life.endsAt).toBe(START + 900_000)
    set('long=1; Max-Age=60')
    expect(life.endsAt).toBe(START + 900_000)
    life.onSet(SITE, { 'cache-control': 'no-store' })
    expect(life.endsAt).toBe(START + 60_000)
    life.onSet(new URL('https://other.example/'), { 'cache-control': 'max-age=9000' })
    expect(life.endsAt).toBe(START + 60_000)
  })

  it('takes a response of a host within the domain of a cookie, and remembers a bounded number', () => {
    const { life, set } = make()
    set('sid=1; Domain=shop.example')
    life.onSet(new URL('https://login.shop.example/'), { 'cache-control': 'max-age=5' })
    expect(life.endsAt).toBe(START + 5_000)
    for (let at = 0; at < 1_000; at++)
      life.onSet(new URL(`https://h${at}.example/`), { 'cache-control': 'max-age=5' })
    expect(life.endsAt).toBeNull()
  })
})

describe('the life of a login', () => {
  function login(...lines: string[]) {
    const made = make()
    const lives = new LoginLives(made.record, made.clock, made.life)
    made.set('old=1; Max-Age=5; HttpOnly')
    const before = lives.before(SITE)
    made.set(...lines)
    lives.learn(SITE, before)
    const dueAt = (seconds: number) => {
      made.clock.time = START + seconds * 1_000
      return lives.isDue(SITE.origin)
    }
    return { ...made, lives, dueAt, kept: () => made.record.value('login', SITE.origin) }
  }

  it('is over with the first of what it brought that lets somebody in; a tenth ahead it is due', () => {
    const { dueAt, kept, lives } = login(
      'sid=1; Max-Age=600; HttpOnly',
      'access_token=2; Max-Age=300',
      'theme=dark; Max-Age=10',
    )
    expect(kept()).toEqual({ at: START, endsAt: START + 300_000 })
    expect([0, 269, 270, 299, 300].map(dueAt)).toEqual([false, false, true, true, false])
    expect(lives.isDue('https://other.example')).toBe(false)
  })

  it('is due two minutes ahead at most', () => {
    const { dueAt } = login(`sid=${jwt(36_000)}; HttpOnly`)
    expect([36_000 - 121, 36_000 - 119].map(dueAt)).toEqual([false, true])
  })

  it('is not known where nothing names an end, or one that is over at once', () => {
    expect(login('sid=1; HttpOnly').kept()).toBeUndefined()
    expect(login('theme=dark; Max-Age=100').kept()).toBeUndefined()
    expect(login('sid=1; Max-Age=1; HttpOnly').kept()).toBeUndefined()
  })

  it('is forgotten when a later login brings none', () => {
    const made = login('sid=1; Max-Age=600; HttpOnly')
    made.lives.learn(SITE, made.lives.before(SITE))
    expect(made.kept()).toBeUndefined()
    expect(made.dueAt(599)).toBe(false)
  })

  it('that another process has made is known here', () => {
    const { record, lives, dueAt } = login('a=1')
    record.merge(
      [
        {
          kind: 'login',
          id: SITE.origin,
          stamp: { time: 2 ** 50, writer: 'x' } as never,
          value: { at: START, endsAt: START + 100_000 },
        },
      ],
      { name: 'store' },
    )
    expect([dueAt(89), dueAt(91)]).toEqual([false, true])
    expect(lives.isDue(SITE.origin)).toBe(true)
  })
})
