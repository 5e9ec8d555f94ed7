import { describe, expect, it } from 'vitest'
import { isOnejarError, parseHttpUrl } from '../../../src/core/index.ts'

const SECRET = 'pa55word'

function said(input: unknown): string {
  try {
    parseHttpUrl(input as string)
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_BAD_URL')) return error.message
    throw error
  }
  return 'nothing'
}

describe('what is said of a text that is no URL', () => {
  it.each([
    [undefined, 'The URL is missing'],
    [null, 'but null'],
    [42, 'but a number'],
    [{}, 'but an object'],
    ['  ', 'The URL is an empty text'],
    ['/api/orders', 'The URL “/api/orders” is relative: make it absolute, as new URL(path, base) does'],
    ['?page=2', 'is relative'],
    ['./next', 'The URL “./next” is relative'],
    ['shop.example/cart', 'The URL “shop.example/cart” has no scheme: put https:// before it'],
    ['shop.example:8080', 'has no scheme: put http:// or https:// before it'],
    ['localhost:3000/a', 'The URL “localhost:3000/a” has no scheme: put http:// or https:// before it'],
    ['//cdn.example/x', 'The URL “//cdn.example/x” has no scheme: put https: before it'],
    ['http//shop.example', 'The URL “http//shop.example” cannot be parsed'],
    ['http://', 'The URL “http://” cannot be parsed'],
    ['what is this', 'The URL of 12 characters cannot be parsed'],
    ['ftp://shop.example', 'The scheme ftp: is not supported, only http: and https: are'],
  ])('%j', (input, expected) => {
    expect(said(input)).toContain(expected)
  })

  it.each([
    `/orders?token=${SECRET}`,
    `http//user:${SECRET}@shop.example/a`,
    `http//user:${SECRET}?x@shop.example/a`,
    `http//user:${SECRET}#x@shop.example`,
    `shop.example/a#access_token=${SECRET}`,
    `user:${SECRET}@shop.example`,
    `http://user:${SECRET}@shop.example/`,
    `http://user:${SECRET}@shop .example/`,
    SECRET,
    `Bearer ${SECRET}`,
    `${SECRET}:x`,
    `eyJhbGciOiJIUzI1NiJ9.${SECRET}.c2ln`,
  ])('has no secret in it: %j', (input) => {
    expect(said(input)).toMatch(/^(?:The URL|The scheme)/)
    expect(said(input)).not.toContain(SECRET)
  })

  it('is short, and safe on a terminal', () => {
    const message = said(`/${'x'.repeat(5_000)}`)
    expect(message.length).toBeLessThan(400)
    expect(said('/a\u001b[31m\u202e')).not.toMatch(/[\u001b\u202e]/)
  })
})
