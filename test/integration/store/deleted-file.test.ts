import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BrokerWarning, openBroker } from '../../../src/index.ts'
import { generateKey, openStore } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { errorOf } from '../../support/broker.ts'

const SITE = 'https://shop.example/'
const keys = generateKey()
let folder: string
let target: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-deleted-'))
  target = join(folder, 'onejar.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** What takes a file away from those who have it open, and what brings it back. */
const losses: Record<string, { lose: () => void; mend: () => void }> = {
  'the file is moved away': {
    lose: () => renameSync(target, `${target}.moved`),
    mend: () => renameSync(`${target}.moved`, target),
  },
  'its write-ahead log is moved away': {
    lose: () => renameSync(`${target}-wal`, `${target}-wal.moved`),
    mend: () => renameSync(`${target}-wal.moved`, `${target}-wal`),
  },
}

it.each(Object.entries(losses))(
  '%s: nothing is said to be kept until it is back, and then all is',
  async (_, { lose, mend }) => {
    const warnings: BrokerWarning[] = []
    await using broker = await openBroker({
      store: { target, keys },
      identity: null,
      onWarning: (warning) => warnings.push(warning),
    })
    const session = await broker.session('a')
    await session.cookies.set('before=1', SITE)
    await session.flush()
    lose()
    await session.cookies.set('during=1', SITE)
    expect(await errorOf(session.flush())).toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      message: expect.stringMatching(/deleted or replaced/),
    })
    expect(session.cookies.header(SITE)).toBe('before=1; during=1')
    expect(warnings).toMatchObject([{ state: 'away' }])
    mend()
    await session.flush()
    expect(warnings.map(({ state }) => state)).toEqual(['away', 'back'])
    await using store = await openStore({ target, keys })
    expect((await store.load({ tenant: 'default', id: 'a' })).entries).toHaveLength(2)
  },
)

it('a file that was deleted and made anew by another process: the first does not write into the void', async () => {
  const session = someSession()
  await using first = await openStore({ target, keys })
  await first.commit(session, [localEntry('k', '1', 1)])
  for (const end of ['', '-wal', '-shm']) rmSync(`${target}${end}`)
  await using second = await openStore({ target, keys })
  await second.commit(session, [localEntry('k', '2', 2)])
  const refused = { code: 'ONEJAR_STORE_UNAVAILABLE' }
  expect(await errorOf(first.commit(session, [localEntry('k', '3', 3)]))).toMatchObject(refused)
  expect(await errorOf(first.load(session))).toMatchObject(refused)
  expect(values(await second.load(session))).toEqual({ k: '2' })
})
