import { describe, expect, it } from 'vitest'
import { readCurlText } from '../../../src/cli/curl/curl-lines.ts'
import { bashCommands, cmdCommands, isForCmd } from '../../../src/cli/curl/shell-words.ts'

describe('a line for bash', () => {
  it.each([
    ["curl 'a b' c", [['curl', 'a b', 'c']]],
    ["curl \\\n  -H 'x: 1' \\\r\n  end", [['curl', '-H', 'x: 1', 'end']]],
    [String.raw`curl $'it\'s\n\u0021\x41\101\\'`, [['curl', "it's\n!AA\\"]]],
    [String.raw`curl "a \"b\" \$c \x" ''`, [['curl', String.raw`a "b" $c \x`, '']]],
    [`curl 'it'"'"'s' a\\ b`, [['curl', "it's", 'a b']]],
    [
      "curl 'a' ;\ncurl 'b' &\ncurl c",
      [
        ['curl', 'a'],
        ['curl', 'b'],
        ['curl', 'c'],
      ],
    ],
  ])('%j', (text, commands) => expect(bashCommands(text)).toEqual(commands))

  it.each([
    ["curl 'open", 'a quote that nothing closes'],
    ['curl $(rm x)', 'a variable or a command'],
    ['curl "$HOME"', 'a variable or a command'],
    ['curl `id`', 'a variable or a command'],
    ['curl "`id`"', 'a variable or a command'],
    [String.raw`curl $'\U00110000'`, 'a character that there is not'],
  ])('%j is refused', (text, why) => expect(() => bashCommands(text)).toThrow(why))
})

describe('a line for the command prompt of Windows', () => {
  it('is recognised, and read as DevTools write it', () => {
    const text = [
      'curl ^"https://shop.test/a?b=1^&c=^%^2541^" ^',
      String.raw`  -H ^"x: \^"quoted\^" 50^%^" ^`,
      String.raw`  --data-raw ^"^{\^"a\^":\^"line 1^`,
      '',
      String.raw`line 2 C:\\path\^"^}^"`,
    ].join('\r\n')
    expect(isForCmd(text)).toBe(true)
    expect(cmdCommands(text)).toEqual([
      [
        'curl',
        'https://shop.test/a?b=1&c=%2541',
        '-H',
        'x: "quoted" 50%',
        '--data-raw',
        '{"a":"line 1\nline 2 C:\\\\path"}',
      ],
    ])
    expect(isForCmd("curl 'https://shop.test/'")).toBe(false)
  })

  it('holds several, one after the other', () => {
    expect(cmdCommands('curl ^"a^&b^" &\r\ncurl ^"c^"')).toEqual([
      ['curl', 'a&b'],
      ['curl', 'c'],
    ])
    expect(() => cmdCommands('curl ^"open')).toThrow('a quote that nothing closes')
  })
})

describe('a line of curl', () => {
  it('gives its cookies apart, and leaves out what belongs to one connection', () => {
    const [line] = readCurlText(
      "curl 'shop.test/x' -H 'Cookie: a=1; b=2' -b 'c=3' -H 'Host: shop.test' -H 'content-length: 3' -H 'X: 1' --data-raw '-1'",
    )
    expect(line).toEqual({
      url: 'http://shop.test/x',
      cookies: ['a=1', 'b=2', 'c=3'],
      given: [
        { name: null, value: 'shop.test/x' },
        { name: 'header', value: 'X: 1' },
        { name: 'data-raw', value: '-1' },
      ],
    })
  })

  it.each([
    ['wget https://shop.test/', 'no command line of curl'],
    ['curl https://shop.test/; rm -rf x', 'no command line of curl'],
    ['', 'no command line of curl'],
    ["curl -H 'x: 1'", 'the URL is missing'],
    ['curl --hedaer x https://shop.test/', 'there is no flag --hedaer; did you mean --header?'],
  ])('%j is refused', (text, why) => expect(() => readCurlText(text)).toThrow(why))
})
