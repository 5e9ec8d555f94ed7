import { statSync } from 'node:fs'
import { OnejarError } from '../core/index.ts'

/**
 * Where a database and its write-ahead log are, to see that they still are what was opened. Who has a file open that was
 * deleted goes on reading and writing it, and nobody else will ever see that.
 */
export class FilePlace {
  readonly #path: string
  readonly #database: string | null
  #log: string | null = null

  /** @param path - of the database, which is open */
  constructor(path: string) {
    this.#path = path
    this.#database = identityOf(path)
  }

  /**
   * Costs two looks at the file system.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE
   */
  assertSame(): void {
    // The log is made when it is first needed, and stays for as long as anybody has the database open.
    this.#log ??= identityOf(`${this.#path}-wal`)
    if (identityOf(this.#path) === this.#database && identityOf(`${this.#path}-wal`) === this.#log) return
    throw new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The store ${this.#path} was deleted or replaced while it was open; put it back, or open the store again`,
      { details: { path: this.#path } },
    )
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats === undefined ? null : `${stats.dev} ${stats.ino}`
}
