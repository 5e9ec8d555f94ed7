import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Integers that JavaScript cannot hold would be errors: what somebody else has put there becomes one that it can. */
const bounded = (...columns: readonly string[]) =>
  columns
    .map((column) => `max(0, min(${column}, ${Number.MAX_SAFE_INTEGER})) AS ${column.replace(/^.*\./, '')}`)
    .join(', ')
const ROW = `field, ${bounded('time', 'expires_at')}, writer, tombstone, body`

const STATEMENTS = {
  findSession: `SELECT id, epoch, ${bounded('number', 'floor', 'expires_at', 'horizon', 'size')}
    FROM session WHERE name = ?`,
  putSession: `INSERT INTO session (name, epoch, number, floor, label, created_at, written_at, expires_at, horizon, size)
    VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET number = excluded.number, label = excluded.label,
      written_at = excluded.written_at, expires_at = excluded.expires_at, horizon = excluded.horizon, size = excluded.size
    RETURNING id`,
  useSession: 'UPDATE session SET expires_at = max(expires_at, ?) WHERE id = ?',
  emptySession: `UPDATE session SET number = ?1, floor = ?1, expires_at = ?2, label = x'', horizon = 0, size = 0
    WHERE id = ?3`,
  deleteSession: 'DELETE FROM session WHERE id = ?',
  deleteExpiredSessions: 'DELETE FROM session WHERE expires_at <= ?',
  listSessions: `SELECT id, name, label, ${bounded('created_at', 'written_at', 'expires_at', 'size')}, (SELECT count(*) FROM entry WHERE entry.session = session.id) AS entries FROM session
    WHERE id > ? AND expires_at > ? AND size > 0 ORDER BY id LIMIT 200`,
  measure: `UPDATE session SET size =
      (SELECT coalesce(sum(length(field) + length(body)), 0) FROM entry WHERE session = ?1)
    WHERE id = ?1`,
  findEntry: `SELECT ${ROW} FROM entry WHERE session = ? AND field = ?`,
  entriesAbove: `SELECT ${ROW} FROM entry WHERE session = ? AND number > ?`,
  putEntry: `INSERT INTO entry (session, field, number, time, writer, tombstone, expires_at, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (session, field) DO UPDATE SET number = excluded.number, time = excluded.time,
      writer = excluded.writer, tombstone = excluded.tombstone, expires_at = excluded.expires_at, body = excluded.body`,
  deleteEntry: 'DELETE FROM entry WHERE session = ? AND field = ?',
  deleteEntries: 'DELETE FROM entry WHERE session = ?',
  sessionsToPurge: 'SELECT DISTINCT session AS id FROM entry WHERE expires_at <= ?',
  raiseFloor: `UPDATE session SET floor = max(floor, coalesce(
      (SELECT max(number) FROM entry WHERE session = ?2 AND tombstone = 1 AND expires_at <= ?1), 0))
    WHERE id = ?2`,
  deleteExpiredEntries: `DELETE FROM entry
    WHERE session = ?1 AND (expires_at <= ?2 OR (tombstone = 1 AND expires_at <= ?3))`,
  findLock: `SELECT token, ${bounded('fence', 'until')} FROM lock WHERE name = ? AND purpose = ?`,
  putLock: `INSERT INTO lock (name, purpose, token, fence, until, released) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (name, purpose) DO UPDATE SET token = excluded.token, fence = excluded.fence, until = excluded.until`,
  extendLock: 'UPDATE lock SET until = ? WHERE name = ? AND purpose = ? AND token = ? AND until > ?',
  lastFence: `SELECT ${bounded('fence')} FROM (SELECT coalesce(
      (SELECT fence FROM lock WHERE name = ?1 AND purpose = ?2),
      (SELECT max(fence) FROM released WHERE name IN (?1, '')), 0) AS fence)`,
  // The row goes, and watchers are notified: see the triggers of the layout.
  releaseLock: 'UPDATE lock SET until = 0 WHERE name = ? AND purpose = ? AND token = ? AND until > ?',
  keepFencesOfLocks: `INSERT INTO released (name, mark, fence)
    SELECT name, hex(randomblob(8)), max(0, min(max(fence), ${Number.MAX_SAFE_INTEGER})) FROM lock WHERE until < ? GROUP BY name
    ON CONFLICT (name) DO UPDATE SET fence = max(fence, excluded.fence)`,
  deleteOldLocks: 'DELETE FROM lock WHERE until < ?',
  keepFencesOfSessions: `INSERT INTO released (name, mark, fence)
    SELECT '', '', max(fence) FROM released WHERE fence < ? HAVING count(*) > 0
    ON CONFLICT (name) DO UPDATE SET fence = max(fence, excluded.fence)`,
  deleteOldReleases: "DELETE FROM released WHERE fence < ? AND name <> ''",
  pulse: `SELECT (SELECT epoch || '.' || number FROM session WHERE name = ?1) AS version,
    (SELECT mark FROM released WHERE name = ?1) AS released`,
  listFacts: 'SELECT name, value FROM fact',
  findFact: 'SELECT value FROM fact WHERE name = ?',
  putFact:
    'INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
} as const

export type SqliteStatements = { readonly [Name in keyof typeof STATEMENTS]: StatementSync }

/** The statements of a connection, compiled once. */
export function prepareStatements(db: DatabaseSync): SqliteStatements {
  const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)])
  return Object.fromEntries(prepared) as SqliteStatements
}
