import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'

/** What somebody who can write to a store could do to it. */
export interface Vault {
  /** Replaces the stored bodies, each by what the change makes of it; what gives null stays. */
  change(change: (body: Buffer, at: number) => Uint8Array | null): Promise<void>
  close(): void
}

/** The bodies in a SQLite file, in an order that stays. */
export function sqliteVault(path: string): Vault {
  const db = new DatabaseSync(path)
  return {
    async change(change) {
      const rows = db.prepare('SELECT rowid AS id, body FROM entry ORDER BY rowid').all()
      for (const [at, row] of rows.entries()) {
        const body = change(Buffer.from(row['body'] as Uint8Array), at)
        if (body) db.prepare('UPDATE entry SET body = ? WHERE rowid = ?').run(body, row['id']!)
      }
    },
    close: () => db.close(),
  }
}

/** The bodies in a Redis, in an order that stays. */
export function redisVault(url: string): Vault {
  const client = new Redis(url)
  return {
    async change(change) {
      let at = 0
      for (const key of (await client.keys('*:entries')).sort()) {
        const rows = Object.entries(await client.hgetallBuffer(key)).sort(([a], [b]) => (a < b ? -1 : 1))
        for (const [field, packed] of rows) {
          const head = packed.indexOf(0x0a) + 1
          const body = change(packed.subarray(head), at++)
          if (body) await client.hset(key, field, Buffer.concat([packed.subarray(0, head), body]))
        }
      }
    },
    close: () => client.disconnect(),
  }
}
