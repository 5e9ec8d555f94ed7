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

  it('is that of version 1 too, where a container sees its own group as the root', () => {
    const all = {
      '/proc/self/cgroup': '9:name=systemd:/docker/1\n4:cpuset,memory:/docker/1\n0::/docker/1\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '2147483648\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000000\n',
      '/sys/fs/cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 400000\n',
    }
    expect(memoryGroups(files(all))).toEqual([{ limitBytes: 2147483648, usedBytes: 600000 }])
    const around = {
      '/proc/self/cgroup': '4:memory:/a/b\n',
      '/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes': '500\n',
      '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '300\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    }
    expect(memoryGroups(files(around))).toEqual([
      { limitBytes: 500, usedBytes: null },
      { limitBytes: 300, usedBytes: null },
    ])
  })

  it.each([
    ['there are none', {}],
    ['files of version 1 are out of sight', { '/proc/self/cgroup': '4:memory:/docker/1\n1:cpu:/\n' }],
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
