import { aboutOperations } from './routes/about.ts'
import { blockOperations } from './routes/blocks.ts'
import { cookieOperations } from './routes/cookies.ts'
import type { Operation } from './routes/operation.ts'
import { requestOperations } from './routes/requests.ts'
import { sessionOperations } from './routes/sessions.ts'

/** Everything that the service does, in the order of the documentation. */
export const OPERATIONS: readonly Operation[] = [
  ...requestOperations,
  ...sessionOperations,
  ...cookieOperations,
  ...blockOperations,
  ...aboutOperations,
]
