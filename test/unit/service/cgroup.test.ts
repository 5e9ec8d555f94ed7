import { describe, expect, it } from 'vitest'
import { cpuQuota, memoryGroups } from '../../../src/service/capacity/cgroup.ts'

function files(all: Readonly<Record<string, string>>) {
  return (path: string) => all[path] ?? null
}

describe('the memory that control groups leave', () => {
  it('is the container’s, whose own group is the root', () => {
    const read = files({
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': '2147483648\n',
      '/sys/fs/cgroup/memory.high': 'max\n',
      '/sys/fs/cgroup/memory.current': '1000000\n',
      '/sys/fs/cgroup/memory.stat': 'anon 5\ninactive_file 400000\nactive_file 7\n',
    })
    expect(memoryGroups(read)).toEqual([{ limitBytes: 2147483648, usedBytes: 600000 }])
  })

  it('is bounded by each group around the own one', () => {
    const read = files({
      '/proc/self/cgroup': '0::/system.slice/onejar.service\n',
      '/sys/fs/cgroup/system.slice/onejar.service/memory.max': 'max\n',
      '/sys/fs/cgroup/system.slice/onejar.service/memory.high': '500\n',
      '/sys/fs/cgroup/system.slice/onejar.service/memory.current': '100\n',
      '/sys/fs/cgroup/system.slice/memory.max': '300\n',
    })
    expect(memoryGroups(read)).toEqual([
      { limitBytes: 500, usedBytes: 100 },
      { limitBytes: 300, usedBytes: null },
    ])
  })

  it.each([
    ['there are none', {}],
    ['version 1 is in use', { '/proc/self/cgroup': '4:memory:/docker/1\n1:cpu:/\n' }],
    ['nothing is limited', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': 'max\n' }],
    ['a file cannot be understood', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': '-5x' }],
  ])('has no bound where %s', (_why, all) => {
    expect(memoryGroups(files(all as Record<string, string>))).toEqual([])
  })

  it('ends at the root, whatever the path says', () => {
    const asked: string[] = []
    memoryGroups((path) => {
      asked.push(path)
      return path === '/proc/self/cgroup' ? '0::/../../a/../..//b\n' : null
    })
    expect(asked.slice(1).every((path) => /^\/sys\/fs\/cgroup\/(b\/)?memory\./.test(path))).toBe(true)
  })
})

describe('the processors that control groups leave', () => {
  it('are the fewest of all groups', () => {
    const read = files({
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    })
    expect(cpuQuota(read)).toBe(0.5)
  })

  it('are not limited where no group says so', () => {
    expect(
      cpuQuota(files({ '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': 'max 100000' })),
    ).toBe(null)
  })
})
