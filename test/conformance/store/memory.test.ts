import { createPlainSealer, createSealer } from '../../../src/store/encryption.ts'
import { EntryStore } from '../../../src/store/entry-store.ts'
import { generateKey, parseKeyRing } from '../../../src/store/key-ring.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import { DEFAULT_LIMITS } from '../../../src/store/retention.ts'
import { type KitOptions, storeKit } from './store-kit.ts'

for (const encryption of ['off', 'on'] as const) {
  storeKit(`memory, encryption ${encryption}`, async () => {
    const space = new MemorySpace()
    const ring = parseKeyRing(generateKey(), 'the test')
    const sealer = encryption === 'on' ? createSealer(ring, Buffer.alloc(32, 7)) : createPlainSealer()
    return {
      async open({ now = Date.now, ...limits }: KitOptions = {}) {
        const all = { ...DEFAULT_LIMITS, ...limits }
        return new EntryStore({ backend: new MemoryBackend(space, all, { now }), sealer, limits: all })
      },
      async close() {},
    }
  })
}
