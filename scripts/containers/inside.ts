import type { Fleet } from './fleet.ts'
import type { Results } from './results.ts'

const READ_LIMITS =
  'cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes 2>/dev/null | head -1; cat pids.max pids/pids.max 2>/dev/null | head -1'
const GIB = 2 ** 30

/** What the processes of each container may do, as the kernel says it from within. */
export async function checkInside(fleet: Fleet, results: Results): Promise<void> {
  const seen = { user: {}, privileges: {}, capabilities: {}, filter: {}, root: {} } as Record<
    'user' | 'privileges' | 'capabilities' | 'filter' | 'root',
    Record<string, string>
  >
  for (const name of fleet.names()) {
    const status = await fleet.exec(name, 'cat', '/proc/1/status')
    const line = (of: string) => new RegExp(`^${of}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? 'not there'
    seen.user[name] = `uid ${line('Uid')}`
    seen.privileges[name] = line('NoNewPrivs')
    seen.capabilities[name] = line('CapEff')
    seen.filter[name] = line('Seccomp')
    seen.root[name] = await fleet.exec(name, 'sh', '-c', 'touch /probe 2>&1 || true')
  }
  results.checkEach('no container runs as root', seen.user, /^uid [1-9]\d*$/)
  results.checkEach('no_new_privs is set (/proc/1/status)', seen.privileges, /^1$/)
  results.checkEach('no capability is left (CapEff)', seen.capabilities, /^0+$/)
  results.checkEach('a seccomp filter is on (mode 2)', seen.filter, /^2$/)
  results.checkEach('the root file system is read-only', seen.root, /Read-only file system/)
  const [redis = ''] = fleet.names('redis')
  const stranger = await fleet.exec(redis, 'redis-cli', 'dbsize')
  results.check('Redis refuses who has no password', /NOAUTH/.test(stranger), stranger)
  const [worker = ''] = fleet.names('worker')
  const limits = (await fleet.exec(worker, 'sh', '-c', READ_LIMITS)).split('\n')
  results.check(
    'the limits of a worker are those of the compose file',
    Number(limits[0]) === 2 * GIB && Number(limits[1]) === 1_024,
    `memory ${limits[0]}, pids ${limits[1]}`,
  )
  const refused = await fleet.exec(
    worker,
    'unshare',
    '--mount',
    '--map-root-user',
    'mount',
    '-t',
    'tmpfs',
    'none',
    '/mnt',
  )
  results.check(
    'docker/seccomp.json is in force: mount is refused in a user namespace of its own',
    /Operation not permitted|permission denied/i.test(refused),
    refused,
  )
}

const PROCESSES =
  'for p in /proc/[0-9]*; do echo "$(tr "\\0" " " <$p/cmdline) | $(grep -E "^(NSpid|Seccomp):" $p/status | tr "\\t\\n" "  ")"; done 2>/dev/null'

/** Whether Chromium's own sandbox is on, in a worker in the middle of a solve. */
export async function checkSandbox(fleet: Fleet, worker: string, results: Results): Promise<void> {
  const lines = (await fleet.exec(worker, 'sh', '-c', PROCESSES)).split('\n')
  const renderers = lines.filter((line) => line.includes('--type=renderer'))
  // Within a PID namespace of its own a process has a second number.
  const apart = renderers.filter((line) => /NSpid: \d+ \d+/.test(line) && /Seccomp: 2/.test(line))
  const off = lines.some((line) => line.includes('--no-sandbox'))
  results.check(
    'Chromium runs in its own sandbox',
    renderers.length > 0 && apart.length === renderers.length && !off,
    `${apart.length} of ${renderers.length} renderers in namespaces of their own, ${off ? 'with' : 'without'} --no-sandbox`,
  )
}
