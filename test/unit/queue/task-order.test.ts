import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTask, sealTask, type TaskOrder } from '../../../src/queue/tasks/task-order.ts'
import { generateKey, openStore, type Store } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/broker.ts'

const ORDER: TaskOrder = {
  tenant: 'default',
  id: 'canary-alice',
  proxy: null,
  affinity: 'what-a-session-is-called',
  replyTo: 'where-its-caller-reads',
  key: 'k'.repeat(43),
  until: 1,
  task: { kind: 'picture', url: 'https://canary.test/' },
}

describe('an order of a task', () => {
  let store: Store
  let folder: ReturnType<typeof temporaryFolder>
  beforeAll(async () => {
    folder = temporaryFolder()
    store = await openStore({ target: `${folder.path}/onejar.db`, keys: generateKey() })
  })
  afterAll(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  it('opens for its own task alone, and cannot be read on the way', async () => {
    const sealed = sealTask(ORDER, 'task-one-of-this-test', store)
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('canary')
    expect(await openTask(sealed, 'task-one-of-this-test', store)).toEqual(ORDER)
    expect(await openTask(sealed, 'task-two-of-this-test', store)).toBeNull()
    expect(await openTask('nonsense', 'task-one-of-this-test', store)).toBeNull()
  })

  it('is none with anything that is not known', async () => {
    const sealed = sealTask({ ...ORDER, more: true } as TaskOrder, 'task-one-of-this-test', store)
    expect(await openTask(sealed, 'task-one-of-this-test', store)).toBeNull()
  })
})
