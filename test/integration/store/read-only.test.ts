import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openStore } from '../../../src/store/index.ts'

const INDEX = fileURLToPath(new URL('../../../src/store/index.ts', import.meta.url))

/** Opens a store as somebody who is bound by file modes: root is not, so a child process gives that up. */
function openAsNobody(target: string): unknown {
  const script = `
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const { openStore } = await import(${JSON.stringify(INDEX)})
    const said = await openStore(${JSON.stringify(target)}, { env: {} }).then(() => 'opened', (e) => e.code + ' ' + e.message)
    console.log(JSON.stringify(said))`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
    },
  )
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

it('refuses a folder and a file that cannot be written, and says what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onejar-read-only-'))
  try {
    mkdirSync(join(folder, 'closed'))
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'closed'), 0o555)
    const refusal = expect.stringMatching(/^ONEJAR_STORE_UNAVAILABLE .*Check that the path is writable/s)
    expect(openAsNobody(join(folder, 'closed', 'onejar.db'))).toEqual(refusal)
    const store = await openStore(join(folder, 'onejar.db'), { env: {} })
    await store.close()
    chmodSync(join(folder, 'onejar.db'), 0o444)
    chmodSync(folder, 0o555)
    expect(openAsNobody(join(folder, 'onejar.db'))).toEqual(refusal)
  } finally {
    chmodSync(folder, 0o755)
    rmSync(folder, { recursive: true })
  }
})
