import type { RenewReply, RenewTask, SolveCall, SolveReply, SolveTask, SolvingPort } from '../browser-port.ts'

/** Workers that solve for this process. */
export interface RemoteSolves {
  /**
   * Resolves when the record holds what a solve of the URL brought.
   *
   * @param observedLifeMs - how long the clearance before was seen to last; null when that is not known
   * @throws OnejarError what it ended with, and ONEJAR_QUEUE_UNAVAILABLE; the signal's reason
   */
  solve(url: URL, observedLifeMs: number | null, signal: AbortSignal): Promise<void>
  /**
   * Resolves when the clearance is renewed that a solve left which ended then (epoch milliseconds), once for all processes
   * that ask; or when there was nothing to be done: the record has the outcome. Throws as `solve`.
   */
  renew(url: URL, endedAt: number, signal: AbortSignal): Promise<void>
}

/** Browsers of workers, behind the part of the port that they implement: their lock, block and pause are theirs. */
export class WorkerBrowser implements SolvingPort {
  readonly coordinated = true
  readonly #remote: RemoteSolves

  constructor(remote: RemoteSolves) {
    this.#remote = remote
  }

  async solve({ url, observedLifeMs }: SolveTask, { signal }: SolveCall): Promise<SolveReply> {
    await this.#remote.solve(url, observedLifeMs, signal)
    return { kind: 'unproven', clearance: [] }
  }

  async renew({ url, endedAt }: RenewTask, { signal }: SolveCall): Promise<RenewReply> {
    await this.#remote.renew(url, endedAt, signal)
    return { kind: 'none', reason: 'there is no new clearance' }
  }
}
