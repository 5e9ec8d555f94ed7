import type { AuditFacts, PolicyRule } from '../../compliance/index.ts'
import type { Clock } from '../../core/index.ts'
import { deleteOldFiles } from './old-files.ts'
import type { RetentionSchedule } from './retention-schedule.ts'

export interface RetentionParts {
  readonly schedule: RetentionSchedule
  readonly screenshotFolder: string | undefined
  /** Null where there is none. */
  readonly trail: {
    readonly path: string
    /** Deletes its records before an instant; gives how many those were. */
    prune(before: number): Promise<number>
  } | null
  readonly clock: Clock
  /** Keeps in the trail what was deleted. */
  readonly note: (rule: PolicyRule, facts: AuditFacts) => void
  /** A trail that cannot be pruned. Must not throw. */
  readonly onFailure: (error: unknown) => void
}

/** What was deleted beside the store. */
export interface PurgedFiles {
  /** Pictures in `screenshotFolder`. */
  readonly screenshots: number
  /** Files in `retention.logs.folder`. */
  readonly logs: number
  /** Records of the audit trail. */
  readonly trailRecords: number
}

const FIRST_MS = 60_000
const EVERY_MS = 3_600_000

/**
 * Deletes what is kept beside the store once its time is up: screenshots, log files, the beginning of the audit trail. About once
 * an hour while a broker is open, in each process, as the files may be on its machine alone. No timer of it keeps a process alive.
 */
export class Retention {
  readonly #parts: RetentionParts
  #timer: NodeJS.Timeout | undefined
  #purging: Promise<unknown> = Promise.resolve()

  constructor(parts: RetentionParts) {
    this.#parts = parts
    const { schedule, screenshotFolder, trail } = parts
    const hasFiles = screenshotFolder !== undefined && schedule.screenshotsMs !== false
    const hasTrail = trail !== null && schedule.trailMs !== false
    if (hasFiles || hasTrail || schedule.logs !== undefined) this.#wait(FIRST_MS)
  }

  /** Deletes now what is due. A trail that cannot be pruned is reported, and stays. */
  purge(): Promise<PurgedFiles> {
    const purged = this.#purging.then(() => this.#purge())
    this.#purging = purged.catch(() => {})
    return purged
  }

  /** Resolves when no purge is under way any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#purging
  }

  /** A quarter more or less, so that many processes do not come at once. */
  #wait(ms: number): void {
    this.#timer = setTimeout(
      () => {
        this.#wait(EVERY_MS)
        void this.purge().catch(this.#parts.onFailure)
      },
      ms * (0.75 + Math.random() / 2),
    ).unref()
  }

  async #purge(): Promise<PurgedFiles> {
    const { schedule, screenshotFolder, trail, clock, note } = this.#parts
    const now = clock.now()
    const common = { trail: trail?.path ?? null }
    const { screenshotsMs, logs: logFiles } = schedule
    const screenshots =
      screenshotFolder === undefined || screenshotsMs === false
        ? 0
        : deleteOldFiles({
            ...common,
            folder: screenshotFolder,
            kind: 'screenshot',
            before: now - screenshotsMs,
          })
    const logs =
      logFiles === undefined
        ? 0
        : deleteOldFiles({ ...common, folder: logFiles.folder, kind: 'log', before: now - logFiles.maxAgeMs })
    if (screenshots + logs > 0) note('files-purged', { screenshots, logs })
    return { screenshots, logs, trailRecords: await this.#prune(now) }
  }

  async #prune(now: number): Promise<number> {
    const { schedule, trail, onFailure } = this.#parts
    if (trail === null || schedule.trailMs === false) return 0
    try {
      return await trail.prune(now - schedule.trailMs)
    } catch (error) {
      onFailure(error)
      return 0
    }
  }
}
