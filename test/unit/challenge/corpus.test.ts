import { describe, expect, it } from 'vitest'
import { Classifier, explain, type VerdictKind } from '../../../src/challenge/index.ts'
import { readCorpus } from './corpus.ts'

const STANDS_IN: readonly VerdictKind[] = ['js-challenge', 'captcha', 'block']

/** Samples that are too hard so far, in the order of the files. */
const KNOWN_MISSES: readonly string[] = []

const classifier = new Classifier()
const results = readCorpus().map((sample) => {
  const peek = classifier.needsPeek(sample.head) ? sample.bytes.subarray(0, classifier.peekBytes) : ''
  return {
    sample,
    verdict: classifier.judge(sample.head, peek, sample.complete && sample.bytes.length <= 32_768),
  }
})

/** Precision and recall of a yes-or-no question put to the corpus. */
function measure(question: (kind: VerdictKind) => boolean) {
  const said = results.filter(({ verdict }) => question(verdict.kind))
  const meant = results.filter(({ sample }) => question(sample.kind))
  const both = said.filter(({ sample }) => question(sample.kind))
  return { precision: both.length / said.length, recall: both.length / meant.length }
}

/** The samples that were got wrong, with the reasons: what a failure prints. */
function confusion(): string {
  return results
    .filter(({ sample, verdict }) => sample.kind !== verdict.kind)
    .map(({ sample, verdict }) => `${sample.id}: is ${sample.kind}, taken for ${explain(verdict)}`)
    .join('\n')
}

describe('the corpus', () => {
  it('is large enough in both directions to mean something', () => {
    const positives = results.filter(({ sample }) => STANDS_IN.includes(sample.kind)).length
    expect(positives).toBeGreaterThanOrEqual(80)
    expect(results.length - positives).toBeGreaterThanOrEqual(80)
    expect(new Set(results.map(({ sample }) => sample.id)).size).toBe(results.length)
  })

  it('has challenges told from the rest with precision and recall of 0.98 or more', () => {
    const { precision, recall } = measure((kind) => STANDS_IN.includes(kind))
    expect(precision, confusion()).toBeGreaterThanOrEqual(0.98)
    expect(recall, confusion()).toBeGreaterThanOrEqual(0.98)
  })

  it('has ordinary responses told from the rest with precision and recall of 0.98 or more', () => {
    const { precision, recall } = measure((kind) => !STANDS_IN.includes(kind))
    expect(precision, confusion()).toBeGreaterThanOrEqual(0.98)
    expect(recall, confusion()).toBeGreaterThanOrEqual(0.98)
  })

  it.each([...STANDS_IN, 'rate-limited', 'unauthorised', 'error', 'ok'] as const)(
    'has each %s told from every other kind with precision and recall of 0.98 or more',
    (kind) => {
      const { precision, recall } = measure((other) => other === kind)
      expect(precision, confusion()).toBeGreaterThanOrEqual(0.98)
      expect(recall, confusion()).toBeGreaterThanOrEqual(0.98)
    },
  )

  it('has no sample that is got wrong today and was not yesterday', () => {
    const wrong = results
      .filter(({ sample, verdict }) => sample.kind !== verdict.kind)
      .map(({ sample }) => sample.id)
    expect(wrong, confusion()).toEqual(KNOWN_MISSES)
  })

  it('names the right vendor of each challenge', () => {
    const wrong = results
      .filter(({ sample, verdict }) => sample.vendor !== null && sample.vendor !== verdict.vendor)
      .map(({ sample, verdict }) => `${sample.id}: ${verdict.vendor} instead of ${sample.vendor}`)
    expect(wrong).toEqual([])
  })

  it('gives reasons for everything that is not ok or a plain error', () => {
    for (const { sample, verdict } of results) {
      if (verdict.kind === 'ok' || verdict.kind === 'error') continue
      expect(
        verdict.evidence.some(({ verdict: kind }) => kind === verdict.kind),
        sample.id,
      ).toBe(true)
      expect(verdict.confidence, sample.id).toBeGreaterThanOrEqual(0.5)
    }
  })
})
