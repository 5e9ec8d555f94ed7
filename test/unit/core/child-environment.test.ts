import { describe, expect, it } from 'vitest'
import { childEnvironment } from '../../../src/core/index.ts'

describe('the environment of programs that are started', () => {
  it('has what they need', () => {
    const needed = {
      PATH: '/usr/bin',
      HOME: '/home/a',
      DISPLAY: ':0',
      LC_ALL: 'de_DE.UTF-8',
      XDG_RUNTIME_DIR: '/run/user/1',
      CHROME_DEVEL_SANDBOX: '/opt/sandbox',
      SystemRoot: 'C:\\Windows',
      no_proxy: 'localhost',
    }
    expect(childEnvironment({}, needed)).toEqual(needed)
  })

  it.each([
    'ONEJAR_KEYS',
    'ONEJAR_TOKEN',
    'ONEJAR_CRED_ALICE',
    'ONEJAR_CREDENTIALS',
    'ONEJAR_ANYTHING_NEW',
    'onejar_keys',
    'REDIS_URL',
    'DATABASE_URL',
    'AWS_SECRET_ACCESS_KEY',
    'CHROME_API_KEY',
    'NODE_OPTIONS',
    'SSH_AUTH_SOCK',
    'MY_OWN',
  ])('has no %s', (name) => {
    expect(childEnvironment({}, { [name]: 'canary' })).toEqual({})
  })

  it.each([
    ['http://user:pass@proxy.test:8080', 'http://proxy.test:8080'],
    ['http://user:p@ss@proxy.test:8080/', 'http://proxy.test:8080/'],
    ['user:pass@proxy.test:8080', 'proxy.test:8080'],
    ['socks5://user@[::1]:1080', 'socks5://[::1]:1080'],
    ['http://proxy.test:8080', 'http://proxy.test:8080'],
    ['http://user:pass@proxy.test/?x=@y z', undefined],
  ])('tells of the proxy %s no credentials', (given, shown) => {
    expect(childEnvironment({}, { https_proxy: given })['https_proxy']).toBe(shown)
    expect(childEnvironment({}, { ALL_PROXY: given })['ALL_PROXY']).toBe(shown)
  })

  it('has what the caller adds', () => {
    expect(childEnvironment({ MY_OWN: '1', PATH: '/x' }, { PATH: '/usr/bin' })).toEqual({
      MY_OWN: '1',
      PATH: '/x',
    })
  })
})
