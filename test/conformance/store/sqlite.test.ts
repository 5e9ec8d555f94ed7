import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../../../src/store/index.ts'
import { type KitOptions, storeKit } from './store-kit.ts'

for (const encryption of ['on', 'off'] as const) {
  storeKit(`SQLite, encryption ${encryption}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-store-'))
    const opened: Store[] = []
    return {
      async open({ now = Date.now, ...limits }: KitOptions = {}) {
        const target = join(folder, 'onejar.db')
        const store = await openStore({ target, encryption, ...limits }, { clock: { now }, env: {} })
        opened.push(store)
        return store
      },
      async close() {
        for (const store of opened) await store.close()
        rmSync(folder, { recursive: true })
      },
    }
  })
}
