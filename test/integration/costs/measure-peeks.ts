import { benchPages } from '../../../bench/pages.ts'
import { Classifier, type ResponseHead, type Verdict } from '../../../src/challenge/index.ts'
import type { Inspector } from '../../../src/http/index.ts'
import { ResponseFlow } from '../../../src/http/response-flow.ts'
import type { Counts } from './compare-costs.ts'

/** As a slow network brings a body, so that it is seen how much of it has to be there. */
const PIECE_BYTES = 1_024
const CONTROLLER = { pause() {}, resume() {}, abort() {}, aborted: false, paused: false, reason: null }
const CHALLENGE = `<!doctype html><title>Just a moment...</title><script>${'let a = 1;'.repeat(2_000)}</script>`

/** How many bytes of a body are held back until it is clear what it is, and how many the classifier is given, by the kind of page. */
export function measurePeeks(): Counts {
  const classifier = new Classifier()
  const counts: Record<string, number> = {}
  const count = (name: string, status: number, type: string, body: Buffer) => {
    const seen = peekAt(classifier, status, type, body)
    counts[`bytes held back: ${name}`] = seen.heldBack
    counts[`bytes given to the classifier: ${name}`] = seen.given
  }
  for (const [kind, { type, body }] of Object.entries(benchPages())) count(kind, 200, type, body)
  count('picture, 64 kB', 200, 'image/png', Buffer.alloc(65_536))
  count('error page, 4 kB', 500, 'text/html', Buffer.alloc(4_096, '<p>It failed.</p>'))
  count('challenge, 20 kB', 403, 'text/html', Buffer.from(CHALLENGE))
  return counts
}

function peekAt(classifier: Classifier, statusCode: number, type: string, body: Buffer) {
  let [heldBack, given, sent] = [0, 0, 0]
  const sees = <Result>(bytes: Uint8Array, result: Result): Result => {
    given += bytes.length
    return result
  }
  const inspect: Inspector<Verdict> = {
    peekBytes: classifier.peekBytes,
    widePeekBytes: classifier.widePeekBytes,
    needsPeek: (head) => classifier.needsPeek(head),
    peekBytesFor: (head) => classifier.peekBytesFor(head),
    wantsMore: (head, peek) => sees(peek, classifier.wantsMore(head, peek)),
    early: (head, beginning) => sees(beginning, classifier.early(head, beginning)),
    judge: (head, peek, complete) => sees(peek, classifier.judge(head, peek, complete)),
  }
  const head: ResponseHead = {
    statusCode,
    method: 'GET',
    url: new URL('https://shop.example/page'),
    headers: { 'content-type': type, 'content-length': String(body.length) },
  }
  const host = {
    inspect,
    maxResponseBytes: 0,
    peekTimeoutMs: 60_000,
    onAnswer: () => {
      heldBack = sent
    },
    onFlowEnd: () => {},
    fail: (error: Error) => {
      throw error
    },
  }
  const flow = new ResponseFlow(host, CONTROLLER as never, head as never, '')
  flow.start()
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    const piece = body.subarray(at, at + PIECE_BYTES)
    sent += piece.length
    flow.write(piece)
  }
  flow.end({})
  flow.body.destroy()
  return { heldBack, given }
}
