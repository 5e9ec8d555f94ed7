import { describe, expect, it } from 'vitest'
import { cookiePath, pathMatches } from '../../../../src/record/cookies/path.ts'

describe('cookiePath', () => {
  it.each([
    ['/x', '/a/b', '/x'],
    ['x', '/a/b', '/a'],
    [undefined, '/a/b/', '/a/b'],
    [undefined, '/a', '/'],
    [undefined, '/', '/'],
    ['', '', '/'],
  ])('of Path=%s at %s is %s', (attribute, request, path) => {
    expect(cookiePath(attribute, request)).toBe(path)
  })
})

describe('pathMatches', () => {
  it.each([
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/a/', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/a/', false],
    ['/anything', '/', true],
    ['/A', '/a', false],
  ])('%s is within %s: %s', (request, path, within) => {
    expect(pathMatches(request, path)).toBe(within)
  })
})
