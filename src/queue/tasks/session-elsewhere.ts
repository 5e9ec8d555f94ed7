/** Thrown where another worker has a session: what is to be done for it is done there. */
export class SessionElsewhere extends Error {
  readonly worker: string

  constructor(worker: string) {
    super('another worker has the session')
    this.worker = worker
  }
}
