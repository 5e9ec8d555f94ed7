import { describe, expect, it } from 'vitest'
import {
  addMissingPlatforms,
  type Lockfile,
  registryAddresses,
} from '../../../scripts/lib/lockfile-platforms.ts'

function lockfile(): Lockfile {
  return {
    packages: {
      '': {},
      'node_modules/tool': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: {
          '@tool/linux-x64': '2.0.0',
          '@tool/cli-linux-arm64-musl': '2.0.0',
          '@tool/binding-win32-x64-msvc': '2.0.0',
          '@tool/binding-linux-arm-gnueabihf': '2.0.0',
          fsevents: '~2.3.3',
        },
      },
      'node_modules/@tool/linux-x64': { version: '2.0.0', os: ['linux'], cpu: ['x64'] },
    },
  }
}

describe('addMissingPlatforms', () => {
  it('adds what is missing, by version and platform', () => {
    const lock = lockfile()
    expect(addMissingPlatforms(lock)).toHaveLength(4)
    expect(lock.packages['node_modules/@tool/cli-linux-arm64-musl']).toEqual({
      version: '2.0.0',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    })
    expect(lock.packages['node_modules/@tool/binding-win32-x64-msvc']).toMatchObject({
      os: ['win32'],
      cpu: ['x64'],
    })
    expect(lock.packages['node_modules/@tool/binding-linux-arm-gnueabihf']).toMatchObject({
      cpu: ['arm'],
      libc: ['glibc'],
    })
    expect(lock.packages['node_modules/fsevents']).toEqual({
      version: '2.3.3',
      os: ['darwin'],
      dev: true,
      optional: true,
    })
  })

  it('adds nothing a second time', () => {
    const lock = lockfile()
    addMissingPlatforms(lock)
    const text = JSON.stringify(lock)
    expect(addMissingPlatforms(lock)).toEqual([])
    expect(JSON.stringify(lock)).toBe(text)
  })

  it('refuses a name that does not tell its platform', () => {
    const lock: Lockfile = {
      packages: { 'node_modules/a': { optionalDependencies: { bufferutil: '1.0.0' } } },
    }
    expect(() => addMissingPlatforms(lock)).toThrow('The name bufferutil does not tell its platform')
  })
})

describe('registryAddresses', () => {
  it('names packages whose entry has an address, and not local ones', () => {
    const packages = {
      'node_modules/a': { resolved: 'https://registry.example/a.tgz' },
      'node_modules/b': { resolved: 'file:../b' },
      'node_modules/c': {},
    }
    expect(registryAddresses({ packages })).toEqual(['node_modules/a'])
  })
})
