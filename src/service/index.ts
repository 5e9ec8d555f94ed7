export { checkAccess } from './access.ts'
export { type RunningService, type ServeOptions, startService } from './serve.ts'
export { type RunningWorker, startWorker, type WorkerOptions } from './work.ts'
