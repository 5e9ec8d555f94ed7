import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { awsSecretsManagerCredentials } from '../../../src/aws-secrets-manager/index.ts'
import type { CredentialProvider } from '../../../src/index.ts'
import { vaultCredentials } from '../../../src/vault/index.ts'
import { TcpGate } from '../../support/tcp-gate.ts'

// The servers here are stand-ins that speak the documented API, in processes of their own, which are killed.

const children: ChildProcess[] = []
const cleanup: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const undo of cleanup.splice(0)) await undo()
})

async function start(kind: string, mode = '') {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('stand-in-process.ts', import.meta.url)), kind, mode],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => String((await lines.next()).value)
  const kill = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return { port: Number(new URL(await line()).port), line, kill }
}

interface Made extends CredentialProvider {
  close(): Promise<void>
}
const KINDS: readonly [string, (origin: string) => Made][] = [
  [
    'vault',
    (address) =>
      vaultCredentials({ address, auth: { roleId: 'the-role', secretId: 'the-secret-id' }, ttlMs: 1 }),
  ],
  [
    'aws',
    (endpoint) =>
      awsSecretsManagerCredentials({
        region: 'eu-central-1',
        endpoint,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
        ttlMs: 1,
      }),
  ],
]

it.each(KINDS)(
  '%s: a server that is killed in mid-request is unavailable, and the next one serves',
  async (kind, make) => {
    const first = await start(kind, 'hang')
    const gate = await TcpGate.start(first.port)
    cleanup.push(() => gate.stop())
    const provider = make(`http://127.0.0.1:${gate.port}`)
    cleanup.push(() => provider.close())

    const asked = provider.get('alice').catch((error) => error)
    expect(await first.line()).toBe('half')
    await first.kill()
    expect(await asked).toMatchObject({ code: 'ONEJAR_CREDENTIALS_UNAVAILABLE' })

    const second = await start(kind)
    gate.leadTo(second.port)
    expect((await provider.get('alice'))?.password.reveal()).toBe('canary-one')

    // With something in memory nobody notices.
    const third = await start(kind, 'hang')
    gate.leadTo(third.port)
    await second.kill()
    const again = provider.get('alice')
    expect(await third.line()).toBe('half')
    await third.kill()
    expect((await again)?.password.reveal()).toBe('canary-one')
  },
)
