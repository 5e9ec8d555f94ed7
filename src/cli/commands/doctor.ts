import { packageVersion } from '../../core/index.ts'
import { storePlace } from '../../store/index.ts'
import type { Command } from '../command.ts'
import { checkChromium } from '../doctor/check-chromium.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkRedisBinary, checkRedisServer } from '../doctor/check-redis.ts'
import { checkFileStore, checkModuleStore, checkSharedKeys } from '../doctor/check-store.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from '../exit-codes.ts'
import { parseFlags, takeWords } from '../parse-flags.ts'
import { printableJson, printableLines } from '../printable.ts'

const HELP = `usage: onejar doctor [--json] [--store TARGET]

Looks whether everything that Onejar needs is there and works: Node.js, Chromium (which is started), the store and its
keys, Redis. Says what to do where something is wrong. Changes nothing.

      --json          for programs
      --store TARGET  the store to look at: a file, redis://HOST, ...; default: onejar.db in ONEJAR_HOME

Exit code: 0, or 1 when something needed is missing or broken.

examples
  onejar doctor
  onejar doctor --store redis://localhost:6379 --json
`

const FLAGS = { json: { type: 'boolean' }, store: { type: 'string' } } as const

/** `onejar doctor`. */
export const doctorCommand: Command = {
  help: HELP,
  async run(args, { stdout, messages }) {
    const { values, positionals } = parseFlags(args, FLAGS, messages)
    takeWords(positionals)
    const findings = await examine(values.store)
    const ok = findings.every(({ state }) => state !== 'wrong')
    const text = values.json
      ? `${printableJson({ onejar: packageVersion(), ok, findings })}\n`
      : printableLines(report(packageVersion(), findings))
    await stdout.write(text)
    return ok ? EXIT.ok : EXIT.failed
  },
}

async function examine(store: string | undefined): Promise<Finding[]> {
  const [chromium, redis, stores] = await Promise.all([
    checkChromium(),
    checkRedisBinary(),
    checkStore(store),
  ])
  return [checkNode(), chromium, ...stores, redis]
}

async function checkStore(target: string | undefined): Promise<Finding[]> {
  if (target === undefined) return checkFileStore()
  const place = storePlace(target)
  if (place.kind === 'memory') return [{ part: 'Store', state: 'ok', found: 'in memory: nothing is kept' }]
  if (place.kind === 'redis') return [...(await checkRedisServer(place.url)), await checkSharedKeys()]
  if (place.kind === 'module') return [await checkModuleStore(target), await checkSharedKeys()]
  return checkFileStore(place.path)
}

function report(onejar: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length))
  const lines = findings.flatMap(({ part, state, found, fix }) => [
    `${state.padEnd(5)}  ${part.padEnd(width)}  ${found}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 9)}${state === 'wrong' ? 'fix: ' : ''}${fix}`]),
  ])
  return `onejar ${onejar}\n\n${lines.join('\n')}\n`
}
