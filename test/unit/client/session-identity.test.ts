import { describe, expect, it, vi } from 'vitest'
import { SessionIdentity } from '../../../src/client/session/session-identity.ts'
import { type Identity, SessionRecord } from '../../../src/record/index.ts'

const identity = (userAgent: string): Identity => ({
  userAgent,
  clientHints: {},
  acceptLanguage: 'en-US,en;q=0.9',
})
const BY = { name: 'test' }

function make(chosen?: Identity | null, locale?: string) {
  const record = new SessionRecord({ writer: 'w', clock: { now: () => Date.now() } })
  const ask = vi.fn(async () => identity('the browser of Onejar'))
  return { record, ask, own: new SessionIdentity(record, BY, chosen, ask, locale) }
}

describe('the identity of a context that is attached', () => {
  it('is the session’s, where it has none: no other browser is asked', async () => {
    const { own, record, ask } = make()
    await own.adopt(async () => identity('theirs'))
    await own.load()
    expect(record.value('identity', '')?.userAgent).toBe('theirs')
    expect(ask).not.toHaveBeenCalled()
  })

  it('does not replace what was chosen, what is kept, and what was shown already', async () => {
    const theirs = vi.fn(async () => identity('theirs'))
    await make(identity('chosen')).own.adopt(theirs)
    await make(null).own.adopt(theirs)
    const kept = make()
    kept.record.write([{ kind: 'identity', id: '', value: identity('kept') }], BY)
    await kept.own.adopt(theirs)
    const shown = make()
    await shown.own.load()
    await shown.own.adopt(theirs)
    expect(theirs).not.toHaveBeenCalled()
    expect(shown.record.value('identity', '')?.userAgent).toBe('the browser of Onejar')
  })

  it('is left where the context does not say', async () => {
    const { own, record, ask } = make()
    await own.adopt(() => Promise.reject(new Error('closed')))
    expect(record.value('identity', '')).toBeUndefined()
    await own.load()
    expect(ask).toHaveBeenCalledOnce()
  })
})

describe('a locale', () => {
  it('is the language over HTTP, also of an identity that is kept', async () => {
    const { own, record } = make(undefined, 'fr-CA')
    record.write([{ kind: 'identity', id: '', value: identity('kept') }], BY)
    await own.load()
    expect(record.value('identity', '')).toEqual({ ...identity('kept'), acceptLanguage: 'fr-CA,fr;q=0.9' })
  })

  it('does not change an identity that was chosen', async () => {
    const { own, record } = make(identity('chosen'), 'fr-CA')
    await own.load()
    expect(record.value('identity', '')).toEqual(identity('chosen'))
  })
})
