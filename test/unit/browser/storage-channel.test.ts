import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StorageChannel } from '../../../src/browser/state/storage-channel.ts'
import type { DocumentView } from '../../../src/browser/targets/document-view.ts'
import type { StorageOp } from '../../../src/browser/targets/world.ts'
import { localWrite, SessionRecord } from '../../../src/record/index.ts'

const ORIGIN = 'https://shop.example'
const SOURCE = { name: 'context' }
const API = { name: 'api' }

/** A browser of one origin: what it holds, and what each of its documents has heard of that. */
class FakeBrowser {
  readonly held = new Map<string, string>()
  readonly frames = new Map<string, Map<string, string>>()
  silent = new Set<string>()
  visits = 0
  broken = false
  onRead = () => {}
  /** After how many reads a document hears of what another one wrote. */
  lag = 1
  readonly #views = new Map<string, DocumentView>()
  #news: { after: number; frameId: string; key: string; value: string }[] = []

  write(frameId: string, key: string, value: string): void {
    this.held.set(key, value)
    this.frames.get(frameId)?.set(key, value)
    for (const other of this.frames.keys())
      if (other !== frameId) this.#news.push({ after: this.lag, frameId: other, key, value })
  }

  async read() {
    this.onRead()
    const answering = [...this.frames].filter(([frameId]) => !this.silent.has(frameId))
    const views = answering.map(([frameId, items]) => this.#view(frameId, items))
    for (const news of this.#news) {
      if (--news.after <= 0) this.frames.get(news.frameId)?.set(news.key, news.value)
    }
    this.#news = this.#news.filter(({ after }) => after > 0)
    return { views, missed: [...this.silent].map(() => ORIGIN) }
  }

  /** A document that did not change gives the same view again. */
  #view(frameId: string, items: ReadonlyMap<string, string>): DocumentView {
    const before = this.#views.get(frameId)
    const now = view(frameId, items)
    if (isDeepStrictEqual(before, now)) return before as DocumentView
    this.#views.set(frameId, now)
    return now
  }

  async apply(frameId: string, _origin: string, ops: readonly StorageOp[]) {
    const items = this.frames.get(frameId)
    if (!items) return undefined
    for (const target of [this.held, ...this.frames.values()]) put(target, ops)
    return view(frameId, items)
  }

  async visit(_origin: string, ops: readonly StorageOp[]) {
    this.visits++
    if (this.broken) return undefined
    put(this.held, ops)
    return view('blank', this.held)
  }

  async revisit(origin: string) {
    return this.visit(origin, [])
  }
}

function put(items: Map<string, string>, ops: readonly StorageOp[]): void {
  for (const [key, value] of ops) {
    if (value === null) items.delete(key)
    else items.set(key, value)
  }
}

function view(frameId: string, items: ReadonlyMap<string, string>): DocumentView {
  return { frameId, origin: ORIGIN, items: new Map(items) }
}

describe('StorageChannel', () => {
  let browser: FakeBrowser
  let record: SessionRecord
  let channel: StorageChannel

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
    browser = new FakeBrowser()
    record = new SessionRecord({ writer: 'w', clock: { now: () => 1_700_000_000_000 } })
    channel = new StorageChannel(record, SOURCE, browser)
    record.subscribe((delta, source) => {
      if (source !== SOURCE) channel.note(delta)
    })
    browser.frames.set('one', new Map())
    browser.frames.set('two', new Map())
    // Both documents are known before anything is written.
    await pull()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  async function pull(): Promise<void> {
    const pulled = channel.pull()
    await vi.runAllTimersAsync()
    await pulled
  }

  const item = (key = 'k') => record.localItem(ORIGIN, key)

  it('ends when every document has heard of what one wrote', async () => {
    browser.lag = 5
    browser.write('one', 'k', '1')
    await pull()
    expect(browser.frames.get('two')?.get('k')).toBe('1')
  })

  it('waits for a bounded time only for one that hears nothing, and not again', async () => {
    browser.lag = 1_000_000
    browser.write('one', 'k', '1')
    const startedAt = performance.now()
    await pull()
    const first = performance.now() - startedAt
    await pull()
    expect(first).toBeLessThan(1100)
    expect(performance.now() - startedAt).toBe(first)
  })

  it('does not let a document that was busy for long undo what it has not heard of', async () => {
    browser.write('one', 'k', '1')
    await pull()
    browser.silent.add('two')
    browser.lag = 1_000_000
    browser.write('one', 'k', '2')
    await pull()
    await vi.advanceTimersByTimeAsync(10_000)
    browser.silent.clear()
    await pull()
    expect(item()).toBe('2')
  })

  it('takes what a document wrote, and does not let one that is late undo it', async () => {
    browser.lag = 1_000_000
    browser.write('one', 'k', '1')
    await pull()
    browser.write('one', 'k', '2')
    await pull()
    expect(item()).toBe('2')
    browser.frames.get('two')?.set('k', '1') // has heard of the first write only
    await pull()
    expect(item()).toBe('2')
  })

  it('takes a doubtful value when the browser holds it', async () => {
    browser.write('one', 'k', '1')
    await pull()
    browser.write('two', 'k', '0')
    await pull()
    expect(item()).toBe('0')
  })

  it('looks up what a silent document wrote, and what one wrote that is gone', async () => {
    browser.held.set('k', 'silent')
    browser.silent.add('two')
    await pull()
    expect(item()).toBe('silent')
    browser.silent.clear()
    browser.frames.get('two')?.set('k', 'silent')
    browser.held.set('k', 'gone')
    channel.documentGone(ORIGIN, 'three')
    await pull()
    expect(item()).toBe('gone')
  })

  it('is not misled by a value that a document wrote and took back', async () => {
    browser.write('one', 'k', '1')
    await pull()
    browser.lag = 3
    browser.write('one', 'k', '2')
    browser.write('one', 'k', '1')
    browser.frames.get('two')?.set('k', '2') // has heard of the first of the two
    const values: unknown[] = []
    record.subscribe((delta) => values.push(delta.map((entry) => entry.value)))
    await pull()
    expect([item(), values]).toEqual(['1', []])
  })

  it('knows what a document wrote that goes away while others have yet to hear of it', async () => {
    browser.lag = 3
    browser.write('one', 'k', '1')
    const pulled = channel.pull()
    browser.frames.delete('one')
    channel.documentGone(ORIGIN, 'one')
    await vi.runAllTimersAsync()
    await pulled
    expect([item(), browser.frames.get('two')?.get('k')]).toEqual(['1', '1'])
  })

  it('comes to an end with documents that never stop writing', async () => {
    let count = 0
    browser.onRead = () => {
      browser.write('one', 'k', `${++count}`)
      browser.write('two', 'k', `${++count}`)
    }
    await pull()
    expect(Number(item())).toBeGreaterThan(0)
  })

  it('asks the next document of the same frame instead of a new one', async () => {
    browser.write('one', 'k', '1')
    channel.documentGone(ORIGIN, 'one')
    await pull()
    expect([item(), browser.visits]).toEqual(['1', 0])
  })

  /** The document in the frame is replaced while the next reading goes on, its last write after it was looked at. */
  function replaceUnderReading(times: number, frameId: string): void {
    let left = times
    const { read } = browser
    browser.read = async () => {
      const reading = await read.call(browser)
      if (left-- > 0) {
        browser.write(frameId, 'k', `${times - left}`)
        channel.documentGone(ORIGIN, frameId)
      }
      return reading
    }
  }

  it('reads once more when a document was replaced under the reading, and makes no new one', async () => {
    browser.frames.delete('two')
    replaceUnderReading(1, 'one')
    await pull()
    expect([item(), browser.visits]).toEqual(['1', 0])
  })

  it('asks a new document when the next one was of another origin, or did not come', async () => {
    browser.frames.delete('two')
    replaceUnderReading(1, 'elsewhere')
    await pull()
    expect(item()).toBe('1')
    expect(browser.visits).toBeGreaterThan(0)
  })

  it('asks a new document when the frame’s are replaced again and again', async () => {
    browser.frames.delete('two')
    replaceUnderReading(1_000, 'one')
    await pull()
    expect(browser.visits).toBeGreaterThan(0)
    expect(Number(item())).toBeGreaterThan(0)
  })

  it('does not take for a deletion what a document has not heard of that did not answer when it was given', async () => {
    browser.frames.delete('two')
    await pull()
    browser.silent = new Set(['one'])
    browser.write('one', 'k', 'v')
    record.write([localWrite(ORIGIN, 'api', '1')], API)
    await channel.push()
    browser.silent = new Set()
    await pull()
    expect([item(), record.localItem(ORIGIN, 'api')]).toEqual(['v', '1'])
  })

  it('asks again when a look-up failed', async () => {
    browser.broken = true
    browser.held.set('k', 'v')
    channel.documentGone(ORIGIN, 'three')
    await pull()
    expect([item(), channel.hasUnread]).toEqual([undefined, true])
    browser.broken = false
    await pull()
    expect([item(), channel.hasUnread]).toEqual(['v', false])
  })

  it('gives the record’s changes to documents that were never read, and reads what these hold', async () => {
    browser.frames.clear()
    browser.frames.set('one', new Map())
    browser.write('one', 'page', 'p')
    record.write([localWrite(ORIGIN, 'api', 'a')], API)
    await channel.push()
    expect(browser.frames.get('one')?.get('api')).toBe('a')
    expect(item('page')).toBe('p')
  })

  it('lets the record’s write stand where both wrote since they last met', async () => {
    browser.write('one', 'k', 'page')
    record.write([localWrite(ORIGIN, 'k', 'record')], API)
    await pull()
    await channel.push()
    expect([item(), browser.held.get('k')]).toEqual(['record', 'record'])
  })

  it('keeps items for later when no document is open, unless a service worker serves the origin', async () => {
    browser.frames.clear()
    record.write([localWrite(ORIGIN, 'k', 'v')], API)
    await channel.push()
    expect([browser.visits, channel.needsSeed(ORIGIN)]).toEqual([0, true])
    channel.servesItself(ORIGIN)
    await channel.push()
    expect([browser.held.get('k'), channel.needsSeed(ORIGIN)]).toEqual(['v', false])
  })

  describe('with items for an origin that no document shows', () => {
    beforeEach(async () => {
      browser.frames.clear()
      record.write([localWrite(ORIGIN, 'k', '1')], API)
      await channel.push()
    })

    it('has nothing to give, and asks the documents no more, until one shows it', async () => {
      let reads = 0
      browser.onRead = () => void reads++
      expect(channel.hasPending).toBe(false)
      await channel.push()
      expect(reads).toBe(0)
      browser.frames.set('one', new Map())
      await pull()
      expect(channel.hasPending).toBe(true)
      await channel.push()
      expect(browser.frames.get('one')?.get('k')).toBe('1')
      expect(channel.hasPending).toBe(false)
    })

    it('gives them before a document is made all the same', async () => {
      expect(channel.needsSeed(ORIGIN)).toBe(true)
      await channel.seed(ORIGIN)
      expect(browser.held.get('k')).toBe('1')
      expect([channel.needsSeed(ORIGIN), channel.hasPending]).toEqual([false, false])
    })

    it.each<[string, () => void]>([
      ['the record changes them', () => record.write([localWrite(ORIGIN, 'k', '2')], API)],
      ['one of them is claimed', () => channel.claim(ORIGIN, 'k')],
      ['a service worker serves the origin', () => channel.servesItself(ORIGIN)],
    ])('has something to give again, when %s', (_what, change) => {
      change()
      expect(channel.hasPending).toBe(true)
    })

    it('has something to give again, when a document that may show it does not answer', async () => {
      browser.silent.add('one')
      await pull()
      expect(channel.hasPending).toBe(true)
    })
  })
})
