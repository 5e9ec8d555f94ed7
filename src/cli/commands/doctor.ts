import { packageVersion } from '../../core/index.ts'
import { storePlace } from '../../store/index.ts'
import type { Command } from '../command.ts'
import { checkChromium } from '../doctor/check-chromium.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkRedisBinary, checkRedisServer } from '../doctor/check-redis.ts'
import { checkFileStore, checkModuleStore, checkSharedKeys } from '../doctor/check-store.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from '../exit-codes.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords } from '../options/values.ts'
import { printable, printableJson } from '../printable.ts'
import { doctorSpec } from '../specs/doctor.ts'
import type { Style } from '../style.ts'

/** `onejar doctor`. */
export const doctorCommand: Command = {
  spec: doctorSpec,
  async run(args, { stdout, messages }) {
    const { values, words: positionals } = parseCommand(args, doctorSpec, messages)
    takeWords(positionals)
    const findings = await examine(values.store)
    const ok = findings.every(({ state }) => state !== 'wrong')
    const text = values.json
      ? `${printableJson({ onejar: packageVersion(), ok, findings })}\n`
      : report(packageVersion(), findings, stdout.style)
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

function report(onejar: string, findings: readonly Finding[], style: Style): string {
  const width = Math.max(...findings.map(({ part }) => part.length))
  const lines = findings.flatMap(({ part, state, found, fix }) => [
    `${inColour(state, style)}  ${part.padEnd(width)}  ${printable(found)}`,
    ...(fix === undefined
      ? []
      : [`${' '.repeat(width + 9)}${state === 'wrong' ? 'fix: ' : ''}${printable(fix)}`]),
  ])
  return `onejar ${onejar}\n\n${lines.join('\n')}\n`
}

function inColour(state: Finding['state'], style: Style): string {
  const text = state.padEnd(5)
  return state === 'ok' ? style.good(text) : state === 'wrong' ? style.bad(text) : style.note(text)
}
