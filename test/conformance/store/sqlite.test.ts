import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '../../../src/store/index.ts'
import { runKit } from './store-kit.ts'

for (const encryption of ['on', 'off'] as const) {
  runKit(`SQLite, encryption ${encryption}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-store-'))
    return {
      store: { target: join(folder, 'onejar.db'), encryption, keys: generateKey() },
      async close() {
        rmSync(folder, { recursive: true })
      },
    }
  })
}
