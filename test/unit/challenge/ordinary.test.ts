import { describe, expect, it } from 'vitest'
import { isOrdinary } from '../../../src/challenge/ordinary.ts'

const words = 'Plenty of words about a quiet river. '.repeat(80)
const links = (count: number) => '<li><a href="/x">x</a></li>'.repeat(count)

describe('isOrdinary', () => {
  it.each([
    ['a long text', `<title>x</title><p>${words}</p>`, true],
    ['a short text', '<title>x</title><p>The requested URL was rejected.</p>', false],
    ['a long text with a script', `<p>${words}</p><script>1</script>`, false],
    ['a long text with a script in capitals', `<p>${words}</p><SCRIPT>1</SCRIPT>`, false],
    ['a long text with a frame', `<p>${words}</p><iframe src="/x"></iframe>`, false],
    ['a long text with a form', `<p>${words}</p><form></form>`, false],
    ['a long text with a field', `<p>${words}</p><input>`, false],
    ['a long text that refreshes', `<META HTTP-EQUIV="Refresh" content="0">${words}`, false],
    [
      'a long text with other meta',
      `<meta charset="utf-8"><span>${words}</span><footer></footer><i>x</i>`,
      true,
    ],
    ['many links', links(21), true],
    ['some links', links(20), false],
    ['many links after a script', `<script src="/app.js"></script>${links(21)}`, true],
    [
      'many links after a script of a vendor',
      `<script src="https://js.hcaptcha.com/1/api.js"></script>${links(21)}`,
      false,
    ],
    ['many links after a tag that has no end', `<script src="/_Incapsula_Resource?x" ${links(21)}`, false],
    ['a short text in a long style', `<STYLE>${words}</STYLE><p>The requested URL was rejected.</p>`, false],
    ['a short text beside a long drawing', `<svg viewBox="0 0 1 1">${words}</svg><p>No.</p>`, false],
    ['a style that does not end', `<style>${words}`, false],
    ['nothing', '', false],
  ])('says of %s: %j', (_, html, expected) => {
    expect(isOrdinary(html)).toBe(expected)
  })
})
