import { aboutOperations } from './routes/about.ts'
import { blockOperations } from './routes/blocks.ts'
import { byHandOperations } from './routes/by-hand.ts'
import { cookieOperations } from './routes/cookies.ts'
import { eventOperations } from './routes/events.ts'
import { fileOperations } from './routes/files.ts'
import { inspectOperations } from './routes/inspect.ts'
import { letterOperations } from './routes/letters.ts'
import type { Operation } from './routes/operation.ts'
import { requestOperations } from './routes/requests.ts'
import { sessionOperations } from './routes/sessions.ts'
import { storageOperations } from './routes/storage.ts'
import { tokenOperations } from './routes/tokens.ts'
import { verdictOperations } from './routes/verdicts.ts'

/** Everything that the service does, in the order of the documentation. */
export const OPERATIONS: readonly Operation[] = [
  ...requestOperations,
  ...verdictOperations,
  ...sessionOperations,
  ...cookieOperations,
  ...storageOperations,
  ...fileOperations,
  ...tokenOperations,
  ...blockOperations,
  ...byHandOperations,
  ...letterOperations,
  ...eventOperations,
  ...inspectOperations,
  ...aboutOperations,
]
