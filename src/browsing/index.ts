export type {
  BrowserCall,
  BrowserPort,
  LoadFailure,
  LoadReply,
  LoadTask,
  PageFetchReply,
  PageFetchTask,
  RenewReply,
  RenewTask,
  RunCall,
  RunTask,
  SolveCall,
  SolveReply,
  SolveTask,
  SolvingPort,
} from './browser-port.ts'
export { ChosenBrowser } from './chosen-browser.ts'
export { type Expectation, expectationIssue, meetsInTime } from './expectation.ts'
export { corrected, type Judge, mayBeMistaken } from './judge.ts'
export type { BrowserAccess } from './local/browser-access.ts'
export { FetchPages } from './local/fetch-pages.ts'
export { type LoadedDocument, readDocument } from './local/loaded-document.ts'
export { LocalBrowser } from './local/local-browser.ts'
export type { AdmitDocument } from './local/page-admission.ts'
export { PageSlots } from './local/page-slots.ts'
export { carryOut, type TaskOutcome, type TaskSession, taskKind } from './workers/carry-out.ts'
export { type RemoteTasks, WorkerBrowser } from './workers/worker-browser.ts'
