import type { Writable } from 'node:stream'
import { errorClass } from '../telemetry/index.ts'
import { printable } from './printable.ts'

/** A line as the log of `serve` and `worker` has them. */
export function jsonLine(level: 'info' | 'warn' | 'error', msg: string, more: object = {}): string {
  return `${JSON.stringify({ level, time: new Date().toISOString(), ...more, msg: printable(msg) })}\n`
}

/**
 * Has what Node.js itself would write to stderr as text come as lines of JSON: warnings, and what nobody catches, which ends the
 * process as ever.
 */
export function speakJson(stderr: Writable): void {
  const onWarning = ({ name, message }: Error) =>
    void stderr.write(jsonLine('warn', message, { error_class: name }))
  // What nobody catches may quote what it was given: the log has its class, and where it comes from.
  const onUncaught = (error: unknown) => {
    const stack =
      error instanceof Error ? error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : []
    const fields = { error_class: errorClass(error), stack: stack?.join('\n') ?? '' }
    stderr.write(jsonLine('error', 'an error that nobody caught ends the process', fields), () =>
      process.exit(1),
    )
  }
  process.removeAllListeners('warning')
  process.on('warning', onWarning)
  process.on('uncaughtException', onUncaught)
}
