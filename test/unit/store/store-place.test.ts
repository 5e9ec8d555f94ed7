import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { storePlace } from '../../../src/store/index.ts'

describe('storePlace', () => {
  it.each(['memory', 'memory:', 'memory://', 'MEMORY:', ':memory:'])('takes %s for memory', (target) => {
    expect(storePlace(target)).toEqual({ kind: 'memory' })
  })

  it.each([
    ['a.db', 'a.db'],
    ['./memory', 'memory'],
    ['/var/a.db', '/var/a.db'],
    ['sqlite:a.db', 'a.db'],
    ['sqlite:///var/a.db', '/var/a.db'],
    ['sqlite:odd:name', 'odd:name'],
    ['file:///var/a.db', '/var/a.db'],
    ['file:a.db', 'a.db'],
    ['C:a.db', 'C:a.db'],
    ['a b.db', 'a b.db'],
  ])('takes %s for a file', (target, path) => {
    expect(storePlace(target)).toEqual({ kind: 'file', path: resolve(path) })
  })

  it('takes module: for a store that is brought along', () => {
    expect(storePlace('module:./store.mjs')).toEqual({ kind: 'module', path: resolve('store.mjs') })
  })

  it.each(['redis://h', 'rediss://h:1/2', 'redis-cluster://a,b', 'REDIS://h'])(
    'takes %s for Redis',
    (url) => {
      expect(storePlace(url)).toEqual({ kind: 'redis', url })
    },
  )

  it.each([
    'postgres://db',
    'mysql:db',
    'redis:localhost',
    'redis:/localhost',
    'rediss:h:6379',
    'unix:///run/redis.sock',
    'redis+unix:///run/redis.sock',
    'memory:a',
    'module:',
    'module: ',
    'memory://a',
    'sqlite:',
    'sqlite:memory://',
    'https://h/a.db',
    'file://host/a.db',
    '',
    ' ',
    'a\0b',
  ])('refuses %j, and says what to write', (target) => {
    expect(() => storePlace(target)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS', message: expect.stringMatching(/: .{10}/) }),
    )
  })
})
