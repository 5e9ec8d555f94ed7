import { describe, expect, it } from 'vitest'
import { LINK_LIFE_MS, OneTimeLink } from '../../../../src/service/by-hand/one-time-link.ts'

describe('a one-time link', () => {
  it('is exchanged once, for a cookie that admits from then on', () => {
    const { link, token } = OneTimeLink.make(0)
    expect(link.admits(token, 1)).toBe(false)
    const cookie = link.claim(token, 1)
    expect(cookie).toMatch(/^[\w-]{43}$/)
    expect(cookie).not.toBe(token)
    expect([link.claim(token, 2), link.claim(String(cookie), 2)]).toEqual([null, null])
    expect([link.admits(String(cookie), 2), link.admits(token, 2), link.admits(undefined, 2)]).toEqual([
      ...[true, false, false],
    ])
  })

  it('is not spent by a token that somebody guesses', () => {
    const { link, token } = OneTimeLink.make(0)
    const other = OneTimeLink.make(0)
    for (const guess of ['', 'x', `${token}x`, token.slice(1), other.token])
      expect(link.claim(guess, 1)).toBeNull()
    expect(link.claim(token, 1)).toMatch(/^[\w-]{43}$/)
  })

  it('is over after ten minutes, opened or not', () => {
    expect(LINK_LIFE_MS).toBe(600_000)
    const late = OneTimeLink.make(1_000)
    expect(late.link.claim(late.token, 601_000)).toBeNull()
    const used = OneTimeLink.make(1_000)
    const cookie = used.link.claim(used.token, 600_999)
    expect([used.link.admits(String(cookie), 600_999), used.link.admits(String(cookie), 601_000)]).toEqual([
      ...[true, false],
    ])
  })

  it('is over when it is ended', () => {
    const fresh = OneTimeLink.make(0)
    fresh.link.end()
    expect(fresh.link.claim(fresh.token, 1)).toBeNull()
    const used = OneTimeLink.make(0)
    const cookie = used.link.claim(used.token, 1)
    used.link.end()
    expect([used.link.admits(String(cookie), 1), used.link.lives(1)]).toEqual([false, false])
  })

  it('has a name that says nothing of its token', () => {
    const { link, token } = OneTimeLink.make(0)
    expect(link.id).toMatch(/^[\w-]{16}$/)
    expect(token).not.toContain(link.id)
    expect(JSON.stringify(link)).not.toContain(token)
  })
})
