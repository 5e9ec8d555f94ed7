export {
  type ParsedQueueOptions,
  type QueueOptions,
  queueOptionsSchema,
} from './queue-options.ts'
export type { SolveOrder } from './solve-job.ts'
export { type QueueState, SolveQueue, type SolveTicket } from './solve-queue.ts'
export { type Drain, SolveWorker, type SolveWorkerOptions } from './solve-worker.ts'
export { SessionElsewhere } from './tasks/session-elsewhere.ts'
export { FRAME_BYTES, type Line } from './tasks/task-line.ts'
export type { TaskOrder } from './tasks/task-order.ts'
export { type BegunTask, TaskQueue, type TaskTicket, WorkerGone } from './tasks/task-queue.ts'
export { type CarriedTask, TaskWorker } from './tasks/task-worker.ts'
