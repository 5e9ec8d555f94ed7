import type { Dispatcher } from 'undici'
import { OnejarError, safeUrl } from '../core/index.ts'
import { ContentDecoder, type DecoderSink, parseContentEncoding } from './content-decoder.ts'
import { toHttpError, tooLarge } from './http-error.ts'
import type { Inspector, ResponseHead, ResponseHeaders } from './ports.ts'
import { type BodySource, ResponseBody } from './response-body.ts'

/** What a flow needs of the exchange that it belongs to. */
export interface FlowHost<V> {
  readonly inspect: Inspector<V> | undefined
  /** Bytes of one body, as they come and decoded; 0 for no limit. */
  readonly maxResponseBytes: number
  /** How long a peek waits for bytes after the headers, in milliseconds. */
  readonly peekTimeoutMs: number
  /** The response may be handed on. */
  onAnswer(flow: ResponseFlow<V>): void
  /** The body has arrived whole. */
  onFlowEnd(): void
  /** The exchange cannot go on, or nobody wants it to. */
  fail(error: OnejarError): void
}

type Controller = Dispatcher.DispatchController
type Phase = 'peeking' | 'flowing' | 'done'

const EMPTY = Buffer.alloc(0)
/** A beginning of so many bytes is first asked for an early verdict, and one of twice as many the next time. */
const EARLY_BYTES = 4_096

/**
 * The response of an exchange's last hop on its way to the caller: decoded where it is encoded, held back while a peek is
 * wanted, then handed on as it comes.
 */
export class ResponseFlow<V> implements DecoderSink, BodySource {
  readonly head: ResponseHead
  readonly statusText: string
  /** As on the wire. */
  readonly wireHeaders: ResponseHeaders
  /** Filled in when the body has ended. */
  readonly trailers: Record<string, string> = {}
  /** What the inspector said; undefined when there was none. */
  verdict: V | undefined
  readonly #host: FlowHost<V>
  readonly #controller: Controller
  readonly #decoder: ContentDecoder | undefined
  #wireBytes = 0
  #decodedBytes = 0
  #phase: Phase = 'peeking'
  #peeked: Buffer[] = []
  #peekedBytes = 0
  #wantedBytes = 0
  #earlyBytes = EARLY_BYTES
  #timer: NodeJS.Timeout | undefined
  #body: ResponseBody | undefined

  /** @throws OnejarError ONEJAR_BAD_RESPONSE */
  constructor(host: FlowHost<V>, controller: Controller, wire: ResponseHead, statusText: string) {
    this.#host = host
    this.#controller = controller
    this.statusText = statusText
    this.wireHeaders = wire.headers
    const encodings = hasBody(wire) ? parseContentEncoding(wire.headers['content-encoding']) : []
    if (encodings.length === 0) this.head = wire
    else {
      const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = wire.headers
      this.head = { ...wire, headers }
      this.#decoder = new ContentDecoder(encodings, this)
    }
  }

  /** The body, once the host has got its answer. */
  get body(): ResponseBody {
    return this.#body!
  }

  /** Hands the response on, unless it has to be peeked into. */
  start(): void {
    const { inspect } = this.#host
    if (inspect?.needsPeek(this.head)) {
      this.#wantedBytes = inspect.peekBytesFor?.(this.head) ?? inspect.peekBytes
      // A small body comes with its headers, in one read of the socket: most peeks are over before a timer is needed.
      process.nextTick(armTimer, this)
    } else this.#open(inspect?.judge(this.head, EMPTY, false))
  }

  // --- the wire -------------------------------------------------------------------------------------------------------

  write(chunk: Buffer): void {
    this.#wireBytes += chunk.length
    if (this.#isTooLarge(this.#wireBytes)) return
    if (this.#decoder !== undefined) this.#decoder.write(chunk)
    else this.#take(chunk)
  }

  end(trailers: ResponseHeaders): void {
    for (const name in trailers)
      Object.defineProperty(this.trailers, name, { ...PLAIN, value: trailers[name] })
    if (this.#decoder !== undefined) this.#decoder.end()
    else this.onDecodedEnd()
  }

  /** The exchange has failed. */
  stop(error: OnejarError): void {
    this.#over()
    this.#body?.fail(error)
  }

  // --- the decoder ------------------------------------------------------------------------------------------------------

  onDecoded(chunk: Buffer): void {
    this.#decodedBytes += chunk.length
    if (!this.#isTooLarge(this.#decodedBytes)) this.#take(chunk)
  }

  onDecodedEnd(): void {
    if (this.#phase === 'done') return
    if (this.#phase === 'peeking') this.#judge(true)
    if (!this.#isFlowing()) return
    this.#over()
    this.#host.onFlowEnd()
    this.#body?.finish()
  }

  onDecodeError(error: Error): void {
    const message = `${safeUrl(this.head.url)}: the body cannot be decoded`
    this.#host.fail(new OnejarError('ONEJAR_BAD_RESPONSE', message, { cause: error }))
  }

  onDecoderFull(): void {
    this.#controller.pause()
  }

  onDecoderDrain(): void {
    this.#controller.resume()
  }

  // --- the body ---------------------------------------------------------------------------------------------------------

  onBodyWanted(): void {
    if (this.#phase !== 'flowing') return
    if (this.#decoder !== undefined) this.#decoder.resume()
    else this.#controller.resume()
  }

  onBodyGivenUp(error: OnejarError): void {
    this.#host.fail(error)
  }

  // --- the peek -----------------------------------------------------------------------------------------------------------

  /** The peek has to wait for more of the body. */
  startTimer(): void {
    if (this.#phase === 'peeking') this.#timer = setTimeout(onTimeout, this.#host.peekTimeoutMs, this)
  }

  /** The peek has waited long enough: judge with what is there. */
  endPeek(): void {
    if (this.#phase === 'peeking') this.#judge(false)
  }

  #take(chunk: Buffer): void {
    if (this.#phase === 'flowing') this.#pass(chunk)
    else if (this.#phase === 'peeking') {
      this.#peeked.push(chunk)
      this.#peekedBytes += chunk.length
      if (this.#peekedBytes < this.#wantedBytes) this.#judgeEarly()
      else if (!this.#widens()) this.#judge(false)
    }
  }

  /** Hands the response on where what has come of it is enough for that. What ends at once is judged when it has. */
  #judgeEarly(): void {
    const inspect = this.#host.inspect!
    if (inspect.early === undefined || this.#peekedBytes < this.#earlyBytes) return
    const { 'content-length': length } = this.head.headers
    if (length !== undefined && this.#peekedBytes >= Number(length)) return
    this.#earlyBytes = 2 * this.#peekedBytes
    try {
      const verdict = inspect.early(this.head, this.#joined())
      if (verdict !== undefined) this.#handOn(verdict)
    } catch (error) {
      this.#host.fail(toHttpError(error, this.head.url))
    }
  }

  /** Whether more of the body is waited for than was looked at first. */
  #widens(): boolean {
    const { wantsMore, widePeekBytes = 0 } = this.#host.inspect!
    if (wantsMore === undefined || widePeekBytes <= this.#peekedBytes) return false
    const first = this.#joined()
    if (this.#wantedBytes === widePeekBytes || !wantsMore(this.head, first.subarray(0, this.#wantedBytes)))
      return false
    this.#wantedBytes = widePeekBytes
    return true
  }

  #judge(complete: boolean): void {
    const all = this.#joined()
    const whole = complete && all.length <= this.#wantedBytes
    let verdict: V
    try {
      verdict = this.#host.inspect!.judge(this.head, all.subarray(0, this.#wantedBytes), whole)
    } catch (error) {
      this.#host.fail(toHttpError(error, this.head.url))
      return
    }
    this.#handOn(verdict)
  }

  /** What was held back, in one piece. */
  #joined(): Buffer {
    const [first = EMPTY] = this.#peeked
    if (this.#peeked.length < 2) return first
    const all = Buffer.concat(this.#peeked)
    this.#peeked = [all]
    return all
  }

  #handOn(verdict: V): void {
    clearTimeout(this.#timer)
    const chunks = this.#peeked
    this.#peeked = []
    this.#open(verdict)
    for (const chunk of chunks) this.#pass(chunk)
  }

  // --- small parts ------------------------------------------------------------------------------------------------------

  #open(verdict: V | undefined): void {
    this.verdict = verdict
    this.#phase = 'flowing'
    this.#body = new ResponseBody(this, this.head.headers)
    this.#host.onAnswer(this)
  }

  #pass(chunk: Buffer): void {
    if (this.#body!.add(chunk)) return
    if (this.#decoder !== undefined) this.#decoder.pause()
    else this.#controller.pause()
  }

  /** Ends the exchange where there is more than may be. */
  #isTooLarge(bytes: number): boolean {
    const max = this.#host.maxResponseBytes
    if (max === 0 || bytes <= max) return false
    this.#host.fail(tooLarge(this.head.url, max))
    return true
  }

  #isFlowing(): boolean {
    return this.#phase === 'flowing'
  }

  #over(): void {
    this.#phase = 'done'
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#decoder?.destroy()
    this.#peeked = []
  }
}

/** Whether there is anything to decode. */
function hasBody({ method, statusCode, headers }: ResponseHead): boolean {
  return (
    headers['content-encoding'] !== undefined && method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
  )
}

/** A trailer may have any name. */
const PLAIN = { enumerable: true, configurable: true, writable: true }

const armTimer = (flow: ResponseFlow<unknown>) => flow.startTimer()
const onTimeout = (flow: ResponseFlow<unknown>) => flow.endPeek()
