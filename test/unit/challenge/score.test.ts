import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../../src/challenge/index.ts'
import { scoreEvidence } from '../../../src/challenge/score.ts'

const seen = (verdict: Evidence['verdict'], weight: number, vendor: string | null = null): Evidence => ({
  signal: `${verdict}-${weight}`,
  vendor,
  where: 'text',
  verdict,
  weight,
  note: '',
})
const none = new Set<never>()

describe('scoreEvidence', () => {
  it('lets the status decide when nothing else does', () => {
    expect(scoreEvidence([], none, 200)).toEqual({ kind: 'ok', confidence: 1, vendor: null })
    expect(scoreEvidence([], none, 302)).toEqual({ kind: 'ok', confidence: 1, vendor: null })
    expect(scoreEvidence([], none, 500)).toEqual({ kind: 'error', confidence: 1, vendor: null })
  })

  it('adds weights up as independent probabilities', () => {
    const evidence = [seen('block', 0.4), seen('block', 0.5)]
    expect(scoreEvidence(evidence, none, 403)).toEqual({ kind: 'block', confidence: 0.7, vendor: null })
  })

  it('decides from 0.5 on, and is less sure of what is left below', () => {
    expect(scoreEvidence([seen('captcha', 0.5)], none, 200).kind).toBe('captcha')
    expect(scoreEvidence([seen('captcha', 0.49)], none, 200)).toEqual({
      kind: 'ok',
      confidence: 0.51,
      vendor: null,
    })
    expect(scoreEvidence([seen('captcha', 0.49)], none, 403)).toMatchObject({
      kind: 'error',
      confidence: 0.51,
    })
  })

  it('asks for challenges before requests to slow down or log in', () => {
    expect(scoreEvidence([seen('rate-limited', 0.9), seen('js-challenge', 0.6)], none, 429).kind).toBe(
      'js-challenge',
    )
    expect(scoreEvidence([seen('rate-limited', 0.9), seen('js-challenge', 0.4)], none, 429).kind).toBe(
      'rate-limited',
    )
    expect(scoreEvidence([seen('unauthorised', 0.8), seen('rate-limited', 0.6)], none, 401).kind).toBe(
      'unauthorised',
    )
  })

  it('leaves out what is beaten, and what is merely present', () => {
    const evidence = [seen('js-challenge', 0.97), seen('captcha', 0.9), seen('present', 1)]
    expect(scoreEvidence(evidence, new Set(['js-challenge' as const]), 403)).toMatchObject({
      kind: 'captcha',
      confidence: 0.9,
    })
  })

  it('names the vendor of the strongest evidence for the verdict', () => {
    const evidence = [
      seen('block', 0.9),
      seen('block', 0.7, 'b'),
      seen('block', 0.6, 'c'),
      seen('captcha', 0.8, 'd'),
    ]
    expect(scoreEvidence(evidence, none, 403).vendor).toBe('b')
  })

  it('lets evidence that all is well outweigh the rest', () => {
    expect(scoreEvidence([seen('ok', 0.9), seen('block', 0.8)], none, 403).kind).toBe('ok')
    expect(scoreEvidence([seen('ok', 0.7), seen('block', 0.8)], none, 403).kind).toBe('block')
  })
})
