export {
  type ParsedQueueOptions,
  type QueueOptions,
  queueOptionsSchema,
} from './queue-options.ts'
export type { VisitOrder } from './visit-job.ts'
export { VisitQueue, type VisitTicket } from './visit-queue.ts'
export { VisitWorker, type VisitWorkerOptions } from './visit-worker.ts'
