import { describe, expect, it } from 'vitest'
import { tokenMetas } from '../../../../src/routing/token-bindings/html-metas.ts'
import { cpuTimeMs } from '../../../support/cpu-time.ts'

describe('the metas of a document', () => {
  it.each([
    ['<meta name="csrf-token" content="abc">', [['csrf-token', 'abc']]],
    ["<META content='a&amp;b&#43;c&#x2F;&quot;' name=csrf-token />", [['csrf-token', 'a&b+c/"']]],
    ['<meta\n name="_csrf_token"\n content=abc==\n>', [['_csrf_token', 'abc==']]],
    [
      '<meta name="csrf-param" content="authenticity_token"><meta name=x-token content=t>',
      [
        ['csrf-param', 'authenticity_token'],
        ['x-token', 't'],
      ],
    ],
    ['<meta name="description" content="csrf"><meta property="token" content="x">', []],
    [
      '<!-- <meta name="csrf-token" content="old"> --><meta name="csrf-token" content="new">',
      [['csrf-token', 'new']],
    ],
    ['<script>document.write(\'<meta name="csrf-token" content="s">\')</script>', []],
    ['<meta name="csrf-token">', []],
    ['<metadata name="csrf-token" content="x">', []],
  ])('of %s', (html, found) => {
    expect(tokenMetas(html)).toEqual(found)
  })

  it('are found in time that grows with the document, whatever it holds', () => {
    for (const piece of ['<meta ', '<!--', '<script>', '<meta name=', '"', "<meta x='"]) {
      const before = cpuTimeMs()
      tokenMetas(piece.repeat((256 * 1024) / piece.length))
      expect(cpuTimeMs() - before, piece).toBeLessThan(2_000)
    }
  })
})
