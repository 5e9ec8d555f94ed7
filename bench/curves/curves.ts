/** What a curve shows, and the sizes at which it is measured. */
export interface Curve {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly at: readonly number[]
  /** What is to be known for reading it. */
  readonly note: string
}

/** The curves of docs/performance.md, in its order. */
export const CURVES = {
  sessions: {
    title: 'Requests a second, by open sessions',
    x: 'open sessions',
    y: 'requests/s',
    at: [10, 100, 1_000, 10_000, 100_000],
    note: '32 requests at once, each in the next session; five cookies a session, in a memory store.',
  },
  connections: {
    title: 'Requests a second of one session, by connections',
    x: 'requests at once, each on a connection',
    y: 'requests/s',
    at: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    note: 'HTTP/1.1 on the loopback, a page of 4 kB, twenty cookies, without the usual bound of 32 connections to an origin.',
  },
  cookies: {
    title: 'Requests a second of one session, by its cookies',
    x: 'cookies in the session',
    y: 'requests/s',
    at: [20, 50, 100, 300, 1_000, 3_000],
    note: 'Twenty of them are the site’s and sent with each request; the others are of other sites, twenty each.',
  },
  bodies: {
    title: 'Megabytes a second, by the size of a body',
    x: 'bytes of the body',
    y: 'MB/s',
    at: [0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    note: 'Read as it comes, in turn; a process for each size.',
  },
  memory: {
    title: 'Most memory of a process that reads bodies',
    x: 'bytes of the body',
    y: 'MiB, most at any time (RSS)',
    at: [0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
    note: 'Of the same processes; nothing of a body is kept. The server is a process of its own.',
  },
  tabs: {
    title: 'Time of a barrier, by open pages',
    x: 'pages of the session',
    y: 'ms, p50',
    at: [1, 2, 5, 10, 20],
    note: 'Nothing has changed in the pages, all of which are of one origin.',
  },
} as const satisfies Readonly<Record<string, Curve>>

export type CurveName = keyof typeof CURVES

export interface CurvePoint {
  readonly x: number
  /** The median of the rounds, and the least and most of them. */
  readonly y: number
  readonly low: number
  readonly high: number
}

export interface CurveFigures {
  /** `YYYY-MM-DD`; null while nothing was measured. */
  readonly measuredOn: string | null
  readonly machine: string
  readonly curves: Readonly<Partial<Record<CurveName, readonly CurvePoint[]>>>
}

export interface Stage {
  readonly name: string
  /** Of the processor time of the requests, 0 to 1. */
  readonly share: number
}

/** Where the time of a request goes, at two states of the code. */
export interface StageFigures {
  readonly before: StageProfile | null
  readonly after: StageProfile | null
}

export interface StageProfile {
  readonly measuredOn: string
  /** Processor time of one request, in microseconds. */
  readonly microseconds: number
  readonly stages: readonly Stage[]
}
