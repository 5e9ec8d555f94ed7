/** What was measured, one session, solve, context or process at a time. Times are of one processor. */
export interface ScalingFigures {
  /** `YYYY-MM-DD`. */
  readonly measuredOn: string
  readonly redis: string
  /** A session of 20 cookies and 10 items: its memory in Redis, in bytes. */
  readonly bytesPerSession: number
  /** The same of one cookie: a session that has only passed a challenge. */
  readonly bytesPerSmallSession: number
  /** Opening a stored session: commands that Redis carries out, its processor time in microseconds. */
  readonly load: OperationFigures
  /** Writing one cookie of an open session through to the store. */
  readonly write: OperationFigures
  /** A solve by a worker, from the caller's order to its result: what the Redis of the queue does for it, and that of the store. */
  readonly solveInQueue: OperationFigures
  readonly solveInStore: OperationFigures
  /** What each further process that hands solves to workers adds to a solve of somebody else, in bytes that Redis sends. */
  readonly bytesPerSolveAndListener: number
  /** Connections to the Redis of the queue, of a process that hands out solves and of a worker. */
  readonly connectionsPerCaller: number
  readonly connectionsPerWorker: number
  /** Commands a second that the Redis of the queue carries out for a worker that has nothing to do. */
  readonly idleCommandsPerWorker: number
  /** Memory of a worker with its browser and no context, and of each context in it, in bytes (proportional set size). */
  readonly workerBytes: number
  readonly contextBytes: number
  /** Processor time of a solve in the worker and its browser, in milliseconds. */
  readonly solveCpuMs: number
}

export interface OperationFigures {
  readonly commands: number
  readonly microseconds: number
  /** What goes over the network, in and out, in bytes. */
  readonly bytes: number
}
