import { describe, expect, it } from 'vitest'
import { readHtml } from '../../../src/challenge/html-facts.ts'

describe('readHtml', () => {
  it('keeps apart what a person reads, what a script is, and what is data', () => {
    const facts = readHtml(`<!doctype html><TITLE>A &amp; B</TITLE><style>.x{}</style>
      <p>Hello   <b>world</b>&nbsp;</p><!-- not seen --><script>var Code = 1</script>
      <script type="application/json">{"data": 1}</script><template>later</template>
      <noscript><title>Hidden</title>No script</noscript><textarea>typed</textarea>`)
    expect(facts.title).toBe('a & b\nhidden')
    expect(facts.text).toBe('hello world')
    expect(facts.inline).toBe('var code = 1')
    expect(facts.noscript).toBe('no script')
    expect(facts.scripts).toBe(2)
  })

  it('collects what the document loads and submits to, but not its links', () => {
    const facts =
      readHtml(`<a href="/link">x</a><script src="/a.js"></script><link rel=stylesheet href='/b.css'>
      <img src=/c.png><iframe src="/d"></iframe><form action="/e?a=1&amp;b=2"></form><img src="data:image/png;base64,x">
      <meta http-equiv="Refresh" content="0; URL='/f'">`)
    expect(facts.resources.split('\n')).toEqual(['/a.js', '/b.css', '/c.png', '/d', '/e?a=1&b=2', '/f'])
    expect(facts.refresh).toBe('/f')
    expect(facts.links).toBe(1)
    expect(facts.images).toBe(2)
  })

  it.each([
    ['a code beside a picture that is named for one', '<img src="/vcode.php"><input name=vcode>', 0, 1],
    [
      'a code beside a picture in the page',
      '<img src="data:image/png;base64,x" alt="Captcha"><input name=kod>',
      0,
      1,
    ],
    ['any one field beside a captcha', '<img src="/captcha.jpg"><input name=f1>', 0, 1],
    ['a code without a picture', '<input name=coupon_code>', 1, 0],
    ['a code beside a logo', '<img src="/logo.png" alt="Shop"><input name=code>', 1, 0],
    [
      'a form that ends with a captcha',
      '<input name=a><input name=b><img src="/captcha.jpg"><input name=c>',
      3,
      0,
    ],
    ['a login with a captcha', '<img src="/captcha"><input name=u><input type=password name=p>', 2, 0],
  ])('tells the answer to a puzzle from what else is typed: %s', (_, html, userFields, captchaFields) => {
    expect(readHtml(html)).toMatchObject({ userFields, captchaFields })
  })

  it('tells frames, comments and parts of a page', () => {
    const facts =
      readHtml(`<!-- Event 42 --><h1>A</h1><noscript><h1>B</h1><p>c</p></noscript><ul></ul><p>d</p>
      <iframe src="/Frame?x=1&amp;y=2"></iframe><!--${'x'.repeat(9_000)}-->`)
    expect(facts.frames).toBe('/frame?x=1&y=2')
    expect(facts.comments.startsWith(' event 42 xxx')).toBe(true)
    expect(facts.comments.length).toBe(2_000)
    expect(facts.parts).toBe(2)
  })

  it('takes no part of a letter for a space', () => {
    const bytes = (text: string) => readHtml(Buffer.from(text).toString('latin1')).text
    expect(bytes('<p>접근\u00a0 차단\u00a0</p>')).toBe(
      `${Buffer.from('접근').toString('latin1').toLowerCase()} ${Buffer.from('차단').toString('latin1').toLowerCase()}`,
    )
    expect(bytes('<p>voilà</p>')).toBe(Buffer.from('voilà').toString('latin1').toLowerCase())
  })

  it('leaves out fields for those without scripts, and reads what runs when the page is there', () => {
    const facts =
      readHtml(`<body onload="document.forms[0].submit()"><form><input type="hidden" name="a"></form>
      <noscript><form><textarea name="b"></textarea><input name="c"></form></noscript>`)
    expect(facts.userFields).toBe(0)
    expect(facts.inline).toBe('onload: document.forms[0].submit()')
  })

  it('takes no preview of what is not to be found for a sign of a page', () => {
    const preview = '<meta property="og:title" content="x">'
    const hidden = '<meta name="robots" content="noindex,nofollow">'
    expect(readHtml(preview).published).toBe(true)
    expect(readHtml(preview + hidden).published).toBe(false)
    expect(readHtml(`${preview}${hidden}<link rel="canonical" href="/x">`).published).toBe(true)
  })

  it('writes entities and bytes of one letter alike', () => {
    const bytes = (text: string) => readHtml(Buffer.from(text).toString('latin1')).text
    expect(bytes('<p>Gr&uuml;n &hellip; &#1082;')).toBe(bytes('<p>Grün … к'))
  })

  it('reads a meta refresh without url=', () => {
    const facts = readHtml('<meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r=x">')
    expect(facts.resources).toBe('/.well-known/sgcaptcha/?r=x')
    expect(readHtml('<meta http-equiv="refresh" content="10">').refresh).toBe('')
    expect(readHtml('<p>x').refresh).toBeNull()
  })

  it('marks elements by id, class, custom name and the attributes that matter', () => {
    const { elements } = readHtml(
      '<altcha-widget auto="onload"></altcha-widget><div id="Box" class="one  two" data-pow="secret" title="t"></div>',
    )
    expect([...elements].sort()).toEqual([
      '#box',
      '.one',
      '.two',
      '[auto=onload]',
      '[data-pow]',
      'altcha-widget',
    ])
  })

  it('reads the attributes that ALTCHA takes as JSON', () => {
    expect(readHtml(`<altcha-widget configuration='{"auto":"onload"}'>`).elements).toContain('[auto=onload]')
  })

  it('tells fields that a person fills in from hidden ones and from answers', () => {
    const facts =
      readHtml(`<input name=shown readonly><input name=x_token><input type=hidden name=a><input name=b><input type="password"><input type=checkbox>
      <textarea></textarea><textarea style="display:none"></textarea><select></select><input name="captcha_code"><input name="ans"><input name="answer">
      <input type=submit><button>Go</button>`)
    expect(facts).toMatchObject({ userFields: 6, captchaFields: 1, passwordFields: 1, buttons: 2 })
  })

  it('takes an answer for that of a quiz, unless the picture was drawn for it', () => {
    const answerTo = (src: string) => readHtml(`<img src="${src}"><input name="answer">`)
    expect(answerTo('/flags/7.png')).toMatchObject({ userFields: 1, captchaFields: 0 })
    expect(answerTo('data:image/png;base64,aGk=')).toMatchObject({ userFields: 0, captchaFields: 1 })
    expect(answerTo('/captcha.php')).toMatchObject({ userFields: 0, captchaFields: 1 })
  })

  it.each([
    '<',
    '<a',
    '<a href="',
    '<script>alert(1)',
    '<!--',
    '<title>x',
    '</',
    '&amp',
    '<p>text</scr',
    '<![CDATA[x',
  ])('takes a document that ends after %s', (cut) => {
    expect(() => readHtml(`<p>seen</p>${cut}`)).not.toThrow()
    expect(readHtml(`<p>seen</p>${cut}`).text).toContain('seen')
  })

  it('keeps what was read of a script that was cut', () => {
    expect(readHtml('<script>window._cf_chl_opt = {').inline).toContain('_cf_chl_opt')
  })
})
