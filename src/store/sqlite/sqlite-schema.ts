import type { DatabaseSync } from 'node:sqlite'
import { OnejarError } from '../../core/index.ts'

/** `onjr` in ASCII: marks a file as a store of Onejar. */
const APPLICATION_ID = 0x6f6e6a72
/** Beyond this a fence could not grow: what somebody else has put into the file must not make a trigger fail. */
const MAX_FENCE = Number.MAX_SAFE_INTEGER

/**
 * The steps from an empty file to today's layout, one per version, in order. A step that was released is never changed:
 * a new layout is a new step.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE session (
     id         INTEGER PRIMARY KEY,
     name       TEXT NOT NULL UNIQUE,
     epoch      TEXT NOT NULL,
     number     INTEGER NOT NULL,
     floor      INTEGER NOT NULL,
     label      BLOB NOT NULL,
     created_at INTEGER NOT NULL,
     written_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     horizon    INTEGER NOT NULL,
     size       INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE entry (
     session    INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
     field      TEXT NOT NULL,
     number     INTEGER NOT NULL,
     time       INTEGER NOT NULL,
     writer     TEXT NOT NULL,
     tombstone  INTEGER NOT NULL,
     expires_at INTEGER,
     body       BLOB NOT NULL,
     UNIQUE (session, field)
   ) STRICT;
   CREATE INDEX entry_number ON entry (session, number);
   CREATE INDEX session_expiry ON session (expires_at);
   CREATE TABLE lock (
     name       TEXT NOT NULL,
     purpose    TEXT NOT NULL,
     token      TEXT NOT NULL,
     fence      INTEGER NOT NULL,
     until      INTEGER NOT NULL,
     released   INTEGER NOT NULL,
     PRIMARY KEY (name, purpose)
   ) STRICT;
   CREATE TABLE fact (
     name       TEXT PRIMARY KEY,
     value      BLOB NOT NULL
   ) STRICT;`,
  /*
   * What is left of the locks of a session that were given back: one row, however many there were.
   *
   * - `mark` is another one after each release: what watchers compare.
   * - `fence` is the greatest fence among the lock rows that are gone. It stands in for each of them: the next holder of any of
   *   those purposes gets a greater one, and a commit under a smaller one is refused. That is right for all that are gone at once,
   *   since a lock row goes only when nobody may write under it any more: its holder gave it back, or has been dead for a day.
   *   The row with the name '' stands in for the sessions that have no row here any more.
   *
   * These are rules of the file, as triggers, so that a process of the first layout that has the file open keeps them too.
   */
  `CREATE TABLE released (
     name       TEXT PRIMARY KEY,
     mark       TEXT NOT NULL,
     fence      INTEGER NOT NULL
   ) STRICT;
   INSERT INTO released (name, mark, fence)
     SELECT name, hex(randomblob(8)), max(0, min(max(fence), ${MAX_FENCE})) FROM lock WHERE until = 0 GROUP BY name;
   DELETE FROM lock WHERE until = 0;
   CREATE TRIGGER lock_given_back AFTER UPDATE OF until ON lock WHEN new.until = 0
   BEGIN
     DELETE FROM lock WHERE name = new.name AND purpose = new.purpose;
     INSERT INTO released (name, mark, fence) VALUES (new.name, hex(randomblob(8)), min(new.fence, ${MAX_FENCE}))
       ON CONFLICT (name) DO UPDATE SET mark = excluded.mark, fence = max(fence, excluded.fence);
   END;
   CREATE TRIGGER lock_taken AFTER INSERT ON lock
     WHEN new.fence <= (SELECT max(fence) FROM released WHERE name IN (new.name, ''))
   BEGIN
     UPDATE lock SET fence = min(1 + (SELECT max(fence) FROM released WHERE name IN (new.name, '')), ${MAX_FENCE})
       WHERE name = new.name AND purpose = new.purpose;
   END;`,
]

/**
 * Brings a database to the newest layout, in one transaction: of several processes that open it at once, one does it.
 *
 * @throws OnejarError ONEJAR_STORE_VERSION when it has a newer layout, ONEJAR_STORE_CORRUPT when it is not a store
 */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  if (pragma(db, 'user_version') === migrations.length && pragma(db, 'application_id') === APPLICATION_ID)
    return
  db.exec('BEGIN IMMEDIATE')
  try {
    assertKnown(db, migrations)
    for (const step of migrations.slice(pragma(db, 'user_version'))) db.exec(step)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`)
    db.exec('COMMIT')
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

/**
 * Sees that a database is a store, or empty, before anything of it is changed. It is read at one moment: one that another
 * process is making right now is empty or a store, never half of each.
 *
 * @throws OnejarError ONEJAR_STORE_VERSION when it has a newer layout, ONEJAR_STORE_UNAVAILABLE when it is not a store
 */
export function assertKnown(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const { version, ours, empty } = atOneMoment(db, () => ({
    version: pragma(db, 'user_version'),
    ours: pragma(db, 'application_id') === APPLICATION_ID,
    empty: db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0,
  }))
  if (!ours && !(empty && version === 0)) {
    throw new OnejarError('ONEJAR_STORE_CORRUPT', 'The file is a database of another program')
  }
  if (version <= migrations.length) return
  throw new OnejarError(
    'ONEJAR_STORE_VERSION',
    `The store has layout ${version}, and this Onejar knows layouts up to ${migrations.length}`,
    { details: { found: version, known: migrations.length } },
  )
}

/** Reads within one transaction: the one that is open, or one of its own. */
function atOneMoment<T>(db: DatabaseSync, read: () => T): T {
  if (db.isTransaction) return read()
  db.exec('BEGIN')
  try {
    return read()
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}
