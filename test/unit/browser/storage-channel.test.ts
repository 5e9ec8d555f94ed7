import { beforeEach, describe, expect, it } from 'vitest'
import { StorageChannel } from '../../../src/browser/storage-channel.ts'
import type { DocumentView } from '../../../src/browser/target-agent.ts'
import type { StorageOp } from '../../../src/browser/world.ts'
import { localWrite, SessionRecord } from '../../../src/record/index.ts'

const ORIGIN = 'https://shop.example'
const SOURCE = { name: 'context' }
const API = { name: 'api' }

/** A browser of one origin: what it holds, and what each of its documents has heard of that. */
class FakeBrowser {
  readonly held = new Map<string, string>()
  readonly frames = new Map<string, Map<string, string>>()
  missed: string[] = []
  visits = 0
  broken = false

  write(frameId: string, key: string, value: string): void {
    this.held.set(key, value)
    this.frames.get(frameId)?.set(key, value)
  }

  async read() {
    return { views: [...this.frames].map(([frameId, items]) => view(frameId, items)), missed: this.missed }
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
    browser = new FakeBrowser()
    record = new SessionRecord({ writer: 'w', clock: { now: () => 1_700_000_000_000 } })
    channel = new StorageChannel(record, SOURCE, browser)
    record.subscribe((delta, source) => {
      if (source !== SOURCE) channel.note(delta)
    })
    browser.frames.set('one', new Map())
    browser.frames.set('two', new Map())
    // Both documents are known before anything is written.
    await channel.pull()
  })

  const item = (key = 'k') => record.localItem(ORIGIN, key)

  it('takes what a document wrote, and does not let one that is late undo it', async () => {
    browser.write('one', 'k', '1')
    await channel.pull()
    browser.write('one', 'k', '2')
    await channel.pull()
    expect(item()).toBe('2')
    browser.frames.get('two')?.set('k', '1') // has heard of the first write only
    await channel.pull()
    expect(item()).toBe('2')
    expect(browser.visits).toBe(1)
  })

  it('takes a doubtful value when the browser holds it', async () => {
    browser.write('one', 'k', '1')
    await channel.pull()
    browser.write('two', 'k', '0')
    await channel.pull()
    expect(item()).toBe('0')
  })

  it('looks up what a silent document wrote, and what one wrote that is gone', async () => {
    browser.held.set('k', 'silent')
    browser.missed = [ORIGIN]
    await channel.pull()
    expect(item()).toBe('silent')
    browser.missed = []
    browser.held.set('k', 'gone')
    channel.documentGone(ORIGIN, 'three')
    await channel.pull()
    expect(item()).toBe('gone')
  })

  it('asks the next document of the same frame instead of a new one', async () => {
    browser.write('one', 'k', '1')
    channel.documentGone(ORIGIN, 'one')
    await channel.pull()
    expect([item(), browser.visits]).toEqual(['1', 0])
  })

  it('asks again when a look-up failed', async () => {
    browser.broken = true
    browser.held.set('k', 'v')
    channel.documentGone(ORIGIN, 'three')
    await channel.pull()
    expect([item(), channel.hasUnread]).toEqual([undefined, true])
    browser.broken = false
    await channel.pull()
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
    await channel.pull()
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
})
