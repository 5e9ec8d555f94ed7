import { describe, expect, it } from 'vitest'
import { type Circumstances, ESCALATION_LADDER, nextStep } from '../../../src/routing/escalation-ladder.ts'

/** A GET that may go to the browser, at its first challenge. */
const GET: Circumstances = {
  mayEscalate: true,
  isSafe: true,
  siteFails: false,
  inLine: false,
  isRedirect: false,
  puzzleAgain: false,
  pageKnown: false,
  solvesLeft: true,
  replayable: true,
  firstPage: true,
  mayNavigate: true,
  documentHeld: false,
}
const POST: Circumstances = { ...GET, isSafe: false, mayNavigate: false }

describe('the escalation ladder', () => {
  it('returns what the site answers, over each transport', () => {
    for (const via of ['http', 'page-fetch', 'page'] as const)
      expect(nextStep(via, 'response', GET)).toBe('return')
  })

  it('blocks the origin where a person is demanded or access refused, over each transport', () => {
    for (const via of ['http', 'page-fetch', 'page'] as const)
      expect(nextStep(via, 'refused', GET)).toBe('block')
  })

  it('climbs from HTTP to a solve, to a fetch in a page, to a page that navigates', () => {
    expect(nextStep('http', 'challenged', GET)).toBe('solve')
    expect(nextStep('http', 'challenged', { ...GET, solvesLeft: false })).toBe('page-fetch')
    expect(nextStep('page-fetch', 'challenged', GET)).toBe('fresh-page-fetch')
    expect(nextStep('page-fetch', 'challenged', { ...GET, firstPage: false })).toBe('page')
  })

  it('goes to the page at once where the origin is known to need one, with requests that only read', () => {
    expect(nextStep('http', 'challenged', { ...GET, pageKnown: true })).toBe('page')
    expect(nextStep('http', 'challenged', { ...POST, pageKnown: true })).toBe('solve')
  })

  it('navigates for no request that does more than read', () => {
    expect(nextStep('page-fetch', 'challenged', { ...POST, firstPage: false })).toBe('throw')
    expect(nextStep('page-fetch', 'failed', POST)).toBe('throw')
    expect(nextStep('page-fetch', 'failed', GET)).toBe('page')
  })

  it('returns a challenge to a request that may not go to the browser', () => {
    const alone = { ...GET, mayEscalate: false }
    expect(nextStep('http', 'challenged', alone)).toBe('return')
    expect(nextStep('http', 'challenged', { ...alone, inLine: true })).toBe('return')
  })

  it('sends nothing again that the site may have processed', () => {
    expect(nextStep('http', 'challenged', { ...POST, replayable: false })).toBe('throw')
    expect(nextStep('page-fetch', 'challenged', { ...POST, replayable: false })).toBe('throw')
  })

  it('blocks at a puzzle that comes after it was solved', () => {
    expect(nextStep('http', 'challenged', { ...GET, puzzleAgain: true })).toBe('block')
    expect(nextStep('http', 'challenged', { ...GET, puzzleAgain: true, mayEscalate: false })).toBe('block')
  })

  it('waits in line, over HTTP or in a page that navigates, and leaves a redirect to a waiting room to its caller', () => {
    expect(nextStep('http', 'challenged', { ...GET, inLine: true })).toBe('wait')
    expect(nextStep('http', 'challenged', { ...GET, inLine: true, isRedirect: true })).toBe('return')
    expect(nextStep('page-fetch', 'challenged', { ...GET, inLine: true })).toBe('page')
    expect(nextStep('page-fetch', 'challenged', { ...POST, inLine: true })).toBe('throw')
  })

  it('takes the document that a solve brought where HTTP loses it, or the page may not fetch it', () => {
    const held = { ...GET, documentHeld: true }
    expect(nextStep('http', 'failed', held)).toBe('document')
    expect(nextStep('http', 'response', { ...held, siteFails: true })).toBe('document')
    expect(nextStep('http', 'response', held)).toBe('return')
    expect(nextStep('page-fetch', 'failed', held)).toBe('document')
    expect(nextStep('page-fetch', 'failed', { ...held, mayNavigate: false })).toBe('throw')
  })

  it('has a step for each outcome of each transport whatever the circumstances, the page apart, which passes challenges', () => {
    const unconditional = ESCALATION_LADDER.filter(([, , when]) => when.length === 0)
    const covered = unconditional.map(([via, outcome]) => `${via} ${outcome}`)
    for (const via of ['http', 'page-fetch'])
      for (const outcome of ['response', 'challenged', 'refused', 'failed'])
        expect(covered).toContain(`${via} ${outcome}`)
  })
})
