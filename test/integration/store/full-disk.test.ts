import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const CHILD = fileURLToPath(new URL('full-disk-child.ts', import.meta.url))
const ROOM_BYTES = 1_000_000
let folder: string
let child: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-full-'))
  chmodSync(folder, 0o755)
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** Starts a command that ends in the child, and gives what it says, line by line. */
function start(command: string, args: readonly string[]): () => Promise<Record<string, unknown>> {
  const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child = started
  let errors = ''
  started.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the child ended: ${errors}`)
    return JSON.parse(value) as Record<string, unknown>
  }
}

async function fillAndMend(say: () => Promise<Record<string, unknown>>, makeRoom: () => void): Promise<void> {
  const first = await say()
  expect(first).toMatchObject({
    full: 'ONEJAR_STORE_UNAVAILABLE',
    states: ['away'],
    header: 'later=1',
  })
  expect(first['flushed']).toBeGreaterThan(5)
  makeRoom()
  child?.stdin?.write('room\n')
  const last = await say()
  // What was flushed, what was refused, and the cookie.
  expect(last).toMatchObject({ states: ['away', 'back'], problems: 0, entries: Number(first['flushed']) + 2 })
}

it('a file that may not grow: work goes on in memory, and is in the store when it may', async () => {
  const target = join(folder, 'onejar.db')
  // The limit of a process's files, which anybody may set: what is written beyond fails as on a disk that is broken.
  const say = start('prlimit', [
    `--fsize=${ROOM_BYTES}:unlimited`,
    process.execPath,
    '--no-warnings',
    CHILD,
    target,
  ])
  await fillAndMend(say, () => {
    execFileSync('prlimit', [`--pid=${child?.pid}`, '--fsize=unlimited'])
  })
})

/** How a file system of one's own is mounted: as root, or as root of a namespace where that is allowed. */
const namespaces = [['-m'], ['-rm']].filter(
  (flags) => spawnSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
)

it.each(namespaces.slice(0, 1))(
  'a disk that is full: work goes on in memory, and is in the store when there is room (unshare %s)',
  async (flags) => {
    const script = `mount -t tmpfs -o size=${3 * ROOM_BYTES} none "$1" &&
      head -c ${ROOM_BYTES} /dev/zero > "$1/filler" && exec "$2" --no-warnings "$3" "$1/onejar.db" "$1/filler"`
    const args = [flags, 'sh', '-c', script, 'sh', folder, process.execPath, CHILD]
    await fillAndMend(start('unshare', args), () => {})
  },
)
