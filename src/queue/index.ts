export {
  type ParsedQueueOptions,
  type QueueOptions,
  queueOptionsSchema,
} from './queue-options.ts'
export type { SolveOrder } from './solve-job.ts'
export { type QueueState, SolveQueue, type SolveTicket } from './solve-queue.ts'
export { type Drain, SolveWorker, type SolveWorkerOptions } from './solve-worker.ts'
