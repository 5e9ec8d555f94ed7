export { checkAccess } from './access.ts'
export { type ServedPage, type ServePageOptions, servePage } from './by-hand/serve-page.ts'
export { type RunningService, type ServeOptions, startService } from './serve.ts'
export { type RunningWorker, startWorker, type WorkerOptions } from './work.ts'
