import { describe, expect, it } from 'vitest'
import { isLoginPage, ViewedPages } from '../../../../src/routing/token-bindings/viewed-pages.ts'

describe('a login page', () => {
  it.each([
    ['https://a.example/login', true],
    ['https://a.example/users/sign_in', true],
    ['https://a.example/account/log-out.php', true],
    ['https://a.example/auth/', true],
    ['https://a.example/home', false],
    ['https://a.example/blogindex', false],
    ['https://a.example/authors', false],
    ['https://login.example/home', false],
  ])('%s: %s', (url, is) => {
    expect(isLoginPage(url)).toBe(is)
  })
})

describe('the last page of a site', () => {
  it('is the one that was looked at last, without its query, and no login page after another', () => {
    const shown = new ViewedPages()
    const last = () => shown.last('https://a.example')
    shown.note('https://a.example/login?next=secret')
    expect(last()).toBe('https://a.example/login')
    shown.note('https://app.a.example/home?token=secret#part')
    expect(last()).toBe('https://app.a.example/home')
    shown.note('https://a.example/login')
    shown.note('https://evil.example/home')
    shown.note('about:blank')
    expect(last()).toBe('https://app.a.example/home')
    expect(shown.last('https://b.example')).toBeUndefined()
  })

  it('is remembered of so many sites', () => {
    const shown = new ViewedPages()
    for (let n = 0; n <= 1_000; n++) shown.note(`https://s${n}.example/`)
    expect(shown.last('https://s0.example')).toBeUndefined()
    expect(shown.last('https://s1000.example')).toBe('https://s1000.example/')
  })
})
