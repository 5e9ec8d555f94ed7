import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { MarkupScan } from '../../../src/challenge/markup-scan.ts'
import { PhraseSet } from '../../../src/challenge/phrase-set.ts'
import { QuickLook } from '../../../src/challenge/quick-look.ts'
import { SIGNALS } from '../../../src/challenge/signals.ts'
import type { TellingWords } from '../../../src/challenge/telling-words.ts'

const NO_WORDS: TellingWords = {
  tags: ['atag'],
  scripts: ['ascript'],
  titles: ['atitle'],
  titlePhrases: new PhraseSet(['atitle']),
  texts: ['atext'],
  textPhrases: new PhraseSet(['atext']),
  rooms: ['aroom'],
  anywhere: ['anywhere'],
}
const PROSE = 'A quiet river turned at dawn. '.repeat(70)

describe('the scan of markup', () => {
  const look = new QuickLook(SIGNALS)
  const passes = (bytes: Buffer, type: string) => look.look(bytes, type) === 'ordinary'

  it('finds a word of a title whose charset has a byte for each letter', () => {
    const page = (title: string) => Buffer.from(`<title>${title}</title><p>${PROSE}</p>`, 'latin1')
    // "Cierpliwości…" in windows-1250.
    expect(passes(page('Cierpliwo\x9cci\x85'), 'text/html; charset=windows-1250')).toBe(false)
    expect(passes(page('Cicha rzeka \x9cpi'), 'text/html; charset=windows-1250')).toBe(true)
  })

  it('finds a word of a title beyond ASCII in UTF-8, in any case', () => {
    const page = (title: string) => Buffer.from(`<title>${title}</title><p>${PROSE}</p>`)
    expect(passes(page('ОДИН МОМЕНТ…'), 'text/html')).toBe(false)
    expect(passes(page('ОДНА РЕКА'), 'text/html')).toBe(true)
  })

  it('reads nothing of the document before', () => {
    const scan = new MarkupScan(NO_WORDS)
    const run = (html: string) => {
      scan.load(Buffer.from(html))
      scan.run(true, 10_000, 100)
      return [scan.suspect, scan.letters]
    }
    const cut = ['<p class=at', '<p>one &#6', 'two <!-- ', '<script>asc', '<title>ati', 'three']
    const alone = cut.map(run)
    for (const [i, html] of cut.entries()) {
      run(html.padEnd(40_000, 'ag atitle ascript="5;--!> '))
      expect(run(html)).toEqual(alone[i])
    }
  })

  it('takes no more of a document than it has room for', () => {
    const scan = new MarkupScan(NO_WORDS)
    scan.load(Buffer.from('word '.repeat(20_000)))
    expect(scan.run(true, 1_000_000, 100)).toBe(false)
    expect(scan.looked).toBe(32_768)
  })

  it('refuses words that it could miss', () => {
    expect(() => new MarkupScan({ ...NO_WORDS, tags: ['tag'] })).toThrow(/too short/)
    const many = Array.from({ length: 2_000 }, (_, at) => `word${at}`)
    expect(() => new MarkupScan({ ...NO_WORDS, texts: many })).toThrow(/more telling words/)
  })

  it('is done without where the processor has no SIMD, with the same verdicts', () => {
    const script = `
      import { Classifier } from ${JSON.stringify(new URL('../../../src/challenge/index.ts', import.meta.url))}
      import { MarkupScan } from ${JSON.stringify(new URL('../../../src/challenge/markup-scan.ts', import.meta.url))}
      const judge = (title) => {
        const body = Buffer.from('<title>' + title + '</title><p>' + ${JSON.stringify(PROSE)} + '</p>')
        const head = { url: 'https://a.example/', method: 'GET', statusCode: 200, headers: { 'content-type': 'text/html' } }
        return new Classifier().judge(head, body, true).kind
      }
      console.log(JSON.stringify([MarkupScan.isSupported, judge('River'), judge('Just a moment...')]))`
    const judged = (...flags: string[]) =>
      JSON.parse(
        execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
          encoding: 'utf8',
        }),
      ) as [boolean, ...string[]]
    const [isSupported, ...verdicts] = judged()
    expect(isSupported).toBe(true)
    const without = process.arch === 'x64' ? judged('--no-enable-sse4-1') : [false, ...verdicts]
    expect(without).toEqual([false, ...verdicts])
  })
})
