import type { CommandSpec } from '../options/option.ts'
import { auditSpec } from './audit.ts'
import { botAuthSpec } from './bot-auth.ts'
import { completionSpec } from './completion.ts'
import { curlSpec } from './curl.ts'
import { deadLettersSpec } from './dead-letters.ts'
import { discoverSpec } from './discover.ts'
import { doctorSpec } from './doctor.ts'
import { eraseSpec } from './erase.ts'
import { explainSpec } from './explain.ts'
import { exportSpec } from './export.ts'
import { fetchSpec } from './fetch.ts'
import { importSpec } from './import.ts'
import { inspectSpec } from './inspect.ts'
import { keysSpec } from './keys.ts'
import { manSpec } from './man.ts'
import { openSpec } from './open.ts'
import { serveSpec } from './serve.ts'
import { sessionsSpec } from './sessions.ts'
import { tlsSpec } from './tls.ts'
import { workerSpec } from './worker.ts'

/** The commands, in the order in which they are listed. Parsing, help, completion, manual and docs are made from this. */
export const COMMAND_SPECS: readonly CommandSpec[] = [
  fetchSpec,
  curlSpec,
  discoverSpec,
  explainSpec,
  openSpec,
  sessionsSpec,
  deadLettersSpec,
  exportSpec,
  importSpec,
  keysSpec,
  inspectSpec,
  serveSpec,
  workerSpec,
  auditSpec,
  eraseSpec,
  tlsSpec,
  botAuthSpec,
  doctorSpec,
  completionSpec,
  manSpec,
]
