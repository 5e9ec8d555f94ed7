import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openBroker, type Session } from '../../src/index.ts'
import { latency, median } from '../measure.ts'
import { CURVES, type CurveName, type CurvePoint } from './curves.ts'

/** How much is measured. */
export interface Extent {
  readonly rounds: number
  /** Which share of the requests is made. */
  readonly scale: number
  /** The largest size that is measured, of any curve. */
  readonly most: number
}

type Points = readonly CurvePoint[]

const IDENTITY = { userAgent: 'bench', clientHints: {}, acceptLanguage: 'en' } as const
const OPTIONS = { store: 'memory', identity: IDENTITY, robots: false } as const
const AT_ONCE = 32
const REQUESTS = 10_000
const BODY = fileURLToPath(new URL('body.ts', import.meta.url))

/** Measures a curve, or two that come from the same processes. */
export async function measureCurve(
  name: Exclude<CurveName, 'memory'>,
  origin: string,
  extent: Extent,
): Promise<Partial<Record<CurveName, Points>>> {
  if (name === 'bodies') return measureBodies(origin, extent)
  const measure = { sessions, connections, cookies, tabs }[name]
  return { [name]: await measure(origin, extent) }
}

async function sessions(origin: string, extent: Extent): Promise<Points> {
  const sizes = sizesOf('sessions', extent)
  await using broker = await openBroker({ ...OPTIONS, identity: null })
  const all: Session[] = []
  for (let n = 0; n < Math.max(...sizes); n++) {
    const session = await broker.session(`s${n}`)
    for (let c = 0; c < 5; c++) session.cookies.setSync(`cookie${c}=value-of-${n}-${c}; Path=/`, origin)
    all.push(session)
  }
  return await inRounds(sizes, extent, (size) => {
    let next = 0
    return rate(AT_ONCE, extent, () => all[next++ % size] as Session, `${origin}/quiet`)
  })
}

async function connections(origin: string, extent: Extent): Promise<Points> {
  // By default a session has 32 connections to an origin, and further requests wait for one of them.
  await using broker = await openBroker({ ...OPTIONS, connections: { perOrigin: false } })
  const session = await broker.session('connections')
  for (let c = 0; c < 20; c++) session.cookies.setSync(`cookie${c}=value-of-${c}; Path=/`, origin)
  return await inRounds(sizesOf('connections', extent), extent, (size) =>
    rate(size, extent, () => session, `${origin}/quiet`),
  )
}

async function cookies(origin: string, extent: Extent): Promise<Points> {
  await using broker = await openBroker(OPTIONS)
  const filled = new Map<number, Session>()
  const sizes = sizesOf('cookies', extent)
  for (const size of sizes) {
    const session = await broker.session(`with-${size}`)
    for (let n = 0; n < size; n++) {
      const site = n < 20 ? origin : `https://site-${Math.floor(n / 20)}.example/`
      session.cookies.setSync(`cookie${n % 20}=value-of-${n}; Path=/; Max-Age=86400`, site)
    }
    filled.set(size, session)
  }
  return await inRounds(sizes, extent, (size) =>
    rate(AT_ONCE, extent, () => filled.get(size) as Session, `${origin}/quiet`),
  )
}

async function tabs(origin: string, extent: Extent): Promise<Points> {
  await using broker = await openBroker(OPTIONS)
  const session = await broker.session('tabs')
  const points: CurvePoint[] = []
  let open = 0
  for (const size of sizesOf('tabs', extent)) {
    for (; open < size; open++) await (await session.page()).goto(`${origin}/quiet`)
    const times = Math.max(3, Math.round(200 * extent.scale))
    const storage = session.localStorage(origin)
    const each: number[] = []
    for (let round = 0; round < extent.rounds; round++)
      each.push((await latency(times, () => storage.get('nothing'))).p50)
    points.push(pointOf(size, each))
  }
  return points
}

async function measureBodies(origin: string, extent: Extent): Promise<Partial<Record<CurveName, Points>>> {
  const sizes = sizesOf('bodies', extent)
  const memory = new Map(sizes.map((size) => [size, [] as number[]]))
  const bodies = await inRounds(sizes, extent, async (size) => {
    // About as much in all, whatever the size.
    const times = Math.max(2, Math.round(Math.min(5_000, 1e9 / (size + 1)) * extent.scale))
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--no-warnings',
      BODY,
      `${origin}/bytes/${size}`,
      String(times),
    ])
    const seen = JSON.parse(stdout) as { readonly ms: number; readonly mostRssBytes: number }
    memory.get(size)?.push(seen.mostRssBytes / 1024 ** 2)
    return (size * times) / 1e6 / (seen.ms / 1_000)
  })
  return { bodies, memory: sizes.map((size) => pointOf(size, memory.get(size) ?? [])) }
}

/** Each size in turn, round by round, so that other load on the machine affects all of them alike. */
async function inRounds(
  sizes: readonly number[],
  { rounds }: Extent,
  measure: (size: number) => Promise<number>,
): Promise<Points> {
  const figures = new Map(sizes.map((size) => [size, [] as number[]]))
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const size of sizes) {
      globalThis.gc?.()
      const figure = await measure(size)
      if (round >= 0) figures.get(size)?.push(figure)
    }
  }
  return sizes.map((size) => pointOf(size, figures.get(size) ?? []))
}

async function rate(atOnce: number, extent: Extent, next: () => Session, url: string): Promise<number> {
  const requests = Math.max(atOnce, Math.round(REQUESTS * extent.scale))
  let left = requests
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await (await next().request(url)).body.dump()
    }),
  )
  return (requests * 1_000) / (performance.now() - startedAt)
}

function sizesOf(name: CurveName, { most }: Extent): readonly number[] {
  return CURVES[name].at.filter((size) => size <= most)
}

function pointOf(x: number, all: readonly number[]): CurvePoint {
  const rounded = (value: number) => Number(value.toPrecision(4))
  return {
    x,
    y: rounded(median(all)),
    low: rounded(Math.min(...all)),
    high: rounded(Math.max(...all)),
  }
}
