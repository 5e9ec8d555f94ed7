import { randomBytes } from 'node:crypto'
import { OnejarError } from '../core/index.ts'
import type { Backend } from './backend.ts'
import { findMaster, openBytes, sealBytes } from './encryption.ts'
import { deriveKey, type KeyRing, type MasterKey } from './key-ring.ts'

interface Slot {
  readonly fact: string
  readonly secret: Buffer
  readonly createdAt: number
}

const FACT = 'names:'
const ASSOCIATED = Buffer.from('names')
const SECRET_BYTES = 32
const INSTANT_BYTES = 8
const MAX_ROUNDS = 16

/**
 * The store's name key. It is made once per store and kept in it, sealed with each master key of the ring, so that names
 * stay the same while master keys come and go, and processes whose rings overlap agree. Of several name keys that the
 * ring can open (somebody had worked with a wrong ring for a while) the oldest counts.
 *
 * @param onForeign - called when the store is sealed with other keys only, so that it looks empty; it may throw
 * @param known - the name key that this process works with already: a store that was emptied meanwhile gets it again
 */
export async function openNameKey(
  backend: Backend,
  ring: KeyRing,
  now: number,
  onForeign: () => void,
  known?: Buffer,
): Promise<Buffer> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const facts = await backend.readFacts()
    const slots: Slot[] = []
    let unknown = 0
    for (const [fact, body] of facts) {
      if (!fact.startsWith(FACT)) continue
      const slot = openSlot(ring, fact, body)
      if (slot) slots.push(slot)
      else unknown++
    }
    slots.sort((a, b) => a.createdAt - b.createdAt || Buffer.compare(a.secret, b.secret))
    const oldest = slots[0] ?? { secret: known ?? randomBytes(SECRET_BYTES), createdAt: now }
    if (slots.length === 0 && unknown > 0 && round === 0) onForeign()
    const missing = ring.filter(
      (master) => !slots.some((slot) => slot.fact === factOf(master) && isSame(slot, oldest)),
    )
    if (missing.length === 0) return oldest.secret
    // The oldest key first: it is the one that rings of different age share, so the race is decided there.
    for (const master of missing.reverse()) {
      const fact = factOf(master)
      if (!(await backend.swapFact(fact, facts.get(fact) ?? null, sealSlot(master, oldest)))) break
    }
  }
  throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'Other processes keep changing the keys of the store')
}

function factOf(master: MasterKey): string {
  return `${FACT}${master.id.toString('hex')}`
}

function isSame(a: { readonly secret: Buffer }, b: { readonly secret: Buffer }): boolean {
  return a.secret.equals(b.secret)
}

function slotKey(master: MasterKey): Buffer {
  return deriveKey(master.secret, 'names')
}

function sealSlot(master: MasterKey, slot: { readonly secret: Buffer; readonly createdAt: number }): Buffer {
  const instant = Buffer.alloc(INSTANT_BYTES)
  instant.writeDoubleBE(slot.createdAt)
  return sealBytes(master, slotKey(master), ASSOCIATED, Buffer.concat([instant, slot.secret]))
}

function openSlot(ring: KeyRing, fact: string, body: Uint8Array): Slot | null {
  const master = findMaster(ring, body)
  const plain = master ? openBytes(slotKey(master), ASSOCIATED, body) : null
  if (plain?.length !== INSTANT_BYTES + SECRET_BYTES) return null
  return { fact, createdAt: plain.readDoubleBE(0), secret: plain.subarray(INSTANT_BYTES) }
}
