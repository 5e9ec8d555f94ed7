import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'

/** How many leading zero bits the proof of work needs. */
const BITS = 12
/** The range of the first solution of each seed. Without it, the measurement would depend mostly on luck. */
const ANSWERS = { from: 3_840, to: 4_096 } as const
const SEEDS = 8

const PAGE = (path: string) =>
  `<!doctype html><html><head><title>${path}</title></head><body><h1>${path}</h1><p>${'The quick brown fox jumps over the lazy dog. '.repeat(85)}</p></body></html>`

const SCRIPT = `
  const seed = document.body.dataset.seed
  const zeros = (bytes) => {
    let count = 0
    for (const byte of bytes) {
      if (byte !== 0) return count + Math.clz32(byte) - 24
      count += 8
    }
    return count
  }
  const solve = async () => {
    for (let n = 0; ; n += 256) {
      const batch = Array.from({ length: 256 }, (_, i) =>
        crypto.subtle.digest('SHA-256', new TextEncoder().encode(seed + ':' + (n + i))))
      const found = (await Promise.all(batch)).findIndex((hash) => zeros(new Uint8Array(hash)) >= ${BITS})
      if (found >= 0) return n + found
    }
  }
  solve().then(async (answer) => {
    await fetch('/__verify', { method: 'POST', body: seed + ':' + answer })
    location.reload()
  })`

export interface GatedCounts {
  /** How many solutions were accepted. */
  solves: number
  challenged: number
  pages: number
}

export interface GatedServer {
  readonly origin: string
  /** The counts since the last call. The call also ends all clearances that were given until now. */
  reset(): Promise<GatedCounts>
  /** Sets how far the client's clock is ahead: later clearances last half an hour by that clock. */
  setAhead(ms: number): Promise<void>
  close(): Promise<void>
}

/** A site behind a proof of work, in a thread of its own, so that its work is not counted as the client's. */
export async function startGatedServer(): Promise<GatedServer> {
  const worker = new Worker(fileURLToPath(import.meta.url))
  const next = async () => (await once(worker, 'message'))[0]
  const port = (await next()) as number
  return {
    origin: `http://127.0.0.1:${port}`,
    async reset() {
      const counts = next()
      worker.postMessage('reset')
      return (await counts) as GatedCounts
    },
    async setAhead(ms) {
      const done = next()
      worker.postMessage(ms)
      await done
    },
    close: async () => {
      await worker.terminate()
    },
  }
}

if (parentPort) serve()

function serve(): void {
  const seeds = Array.from({ length: SEEDS }, evenSeed)
  const clearances = new Set<string>()
  let aheadSeconds = 0
  let counts: GatedCounts = { solves: 0, challenged: 0, pages: 0 }
  const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path === '/favicon.ico') return void response.writeHead(404).end()
    if (path === '/__verify') {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        const hash = createHash('sha256').update(body).digest()
        const good = seeds.includes(body.split(':')[0] ?? '') && isAnswer(hash)
        if (!good) return void response.writeHead(403).end()
        counts.solves++
        const clearance = randomBytes(16).toString('hex')
        clearances.add(clearance)
        response
          .writeHead(204, {
            'set-cookie': `clearance=${clearance}; Path=/; Max-Age=${1800 + aheadSeconds}; HttpOnly`,
          })
          .end()
      })
      return
    }
    const clearance = /clearance=([\da-f]{32})/.exec(request.headers.cookie ?? '')?.[1]
    if (clearance !== undefined && clearances.has(clearance)) {
      counts.pages++
      return void response.writeHead(200, html).end(PAGE(path))
    }
    counts.challenged++
    const seed = seeds[counts.challenged % SEEDS]
    response
      .writeHead(403, html)
      .end(
        `<!doctype html><title>One moment</title><body data-seed="${seed}">Checking your browser<script>${SCRIPT}</script>`,
      )
  })
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
  parentPort?.on('message', (message: 'reset' | number) => {
    parentPort?.postMessage(counts)
    if (message !== 'reset') {
      aheadSeconds = Math.round(message / 1000)
      return
    }
    counts = { solves: 0, challenged: 0, pages: 0 }
    clearances.clear()
  })
}

/** A seed whose solution takes about as long as that of any other. */
function evenSeed(): string {
  for (;;) {
    const seed = randomBytes(16).toString('hex')
    let n = 0
    while (n < ANSWERS.to && !isAnswer(createHash('sha256').update(`${seed}:${n}`).digest())) n++
    if (n >= ANSWERS.from && n < ANSWERS.to) return seed
  }
}

function isAnswer(hash: Buffer): boolean {
  return hash.readUInt32BE() >>> (32 - BITS) === 0
}
