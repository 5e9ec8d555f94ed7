import { generateKey } from '../../../src/store/index.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import type { StoreProvider } from '../../../src/store-kit/index.ts'
import { runKit } from './store-kit.ts'

// Brought along, as a user's own store is: the door is tested with it.
for (const encryption of ['off', 'on'] as const) {
  runKit(`memory, encryption ${encryption}`, async () => {
    const space = new MemorySpace()
    const target: StoreProvider = {
      open: async ({ limits, clock }) => new MemoryBackend(space, limits, clock),
    }
    return { store: { target, encryption, keys: generateKey() } }
  })
}
