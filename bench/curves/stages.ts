import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Stage, StageProfile } from './curves.ts'

const HOT_PATH = fileURLToPath(new URL('hot-path.ts', import.meta.url))
const run = promisify(execFile)

/** As V8 writes it; times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const OTHERS = 'Node: sockets, streams, promises'
/** Which part of a request a function belongs to, by where it is; the first row that fits counts. */
const STAGES: readonly (readonly [name: string, where: RegExp])[] = [
  [
    'undici: writing requests, parsing responses, pools',
    /\/node_modules\/undici\/|node:internal\/deps\/undici/,
  ],
  ['cookies and the record', /\/src\/record\//],
  ['looking at the page: is it a challenge?', /\/src\/(?:challenge|document)\//],
  ['the exchange: headers, redirects, the body', /\/src\/http\//],
  ['the stages of a session', /\/src\//],
  ['other libraries', /\/node_modules\//],
]

/** The parts of a request, by what they take of the time in a profile; idle time and the start of the process are left out. */
export function stagesOf(profile: CpuProfile): Stage[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, number>()
  let total = 0
  for (const [at, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    const took = profile.timeDeltas[at] ?? 0
    if (frame === undefined || frame.functionName === '(idle)' || took <= 0) continue
    const name = stageOf(frame.functionName, frame.url)
    if (name === null) continue
    times.set(name, (times.get(name) ?? 0) + took)
    total += took
  }
  return [...times]
    .map(([name, took]) => ({ name, share: Number((took / total).toFixed(3)) }))
    .sort((a, b) => b.share - a.share)
}

function stageOf(functionName: string, url: string): string | null {
  if (functionName === '(garbage collector)') return 'collecting garbage'
  // Loading and compiling modules is over before the first request.
  if (/node:internal\/(?:modules|bootstrap|process\/esm|source_map|deps\/(?:amaro|cjs|minimatch))/.test(url))
    return null
  return STAGES.find(([, where]) => where.test(url))?.[0] ?? OTHERS
}

/** Profiles requests for a page in a process of its own. */
export async function profileStages(url: string, times: number): Promise<StageProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'onejar-profile-'))
  try {
    // A first run without a profile: the profiler itself costs time.
    const { stdout } = await run(process.execPath, ['--no-warnings', HOT_PATH, url, String(times)])
    const { cpuMs } = JSON.parse(stdout) as { readonly cpuMs: number }
    const file = join(folder, 'requests.cpuprofile')
    await run(process.execPath, ['--no-warnings', HOT_PATH, url, String(times), file])
    const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile
    return {
      measuredOn: new Date().toISOString().slice(0, 10),
      microseconds: Number(((cpuMs * 1_000) / times).toPrecision(3)),
      stages: stagesOf(profile),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
