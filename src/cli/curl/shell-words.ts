import { UsageError } from '../usage-error.ts'

/** What stands for characters in `$'…'`. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
const NUMBERED = /^(?:x([\da-fA-F]{1,2})|u([\da-fA-F]{1,4})|U([\da-fA-F]{1,8})|([0-7]{1,3}))/

/**
 * The commands of a text as bash takes it, word by word: quotes of all three kinds, backslashes, lines that go on. Nothing
 * is run or put in place: a text with a variable or a command in it is refused.
 *
 * @throws UsageError
 */
export function bashCommands(text: string): string[][] {
  const commands: string[][] = []
  let words: string[] = []
  let word: string | null = null
  const endWord = () => {
    if (word !== null) words.push(word)
    word = null
  }
  const endCommand = () => {
    endWord()
    if (words.length > 0) commands.push(words)
    words = []
  }
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string
    if (letter === "'" || (letter === '$' && text[at + 1] === "'")) {
      const isPlain = letter === "'"
      const [content, end] = isPlain ? single(text, at + 1) : ansi(text, at + 2)
      word = (word ?? '') + content
      at = end
    } else if (letter === '"') {
      const [content, end] = double(text, at + 1)
      word = (word ?? '') + content
      at = end
    } else if (letter === '\\') {
      at++
      const next = text[at] === '\r' && text[at + 1] === '\n' ? text[++at] : text[at]
      if (next !== '\n' && next !== undefined) word = (word ?? '') + next
    } else if (/[;&|\n]/.test(letter)) endCommand()
    else if (/\s/.test(letter)) endWord()
    else if (letter === '`' || letter === '$') throw expansion()
    else word = (word ?? '') + letter
  }
  endCommand()
  return commands
}

type Quoted = readonly [content: string, end: number]

function single(text: string, from: number): Quoted {
  const end = text.indexOf("'", from)
  if (end === -1) throw unclosed()
  return [text.slice(from, end), end]
}

function double(text: string, from: number): Quoted {
  let content = ''
  for (let at = from; at < text.length; at++) {
    const letter = text[at] as string
    if (letter === '"') return [content, at]
    if (letter === '`' || (letter === '$' && /[\w({]/.test(text[at + 1] ?? ''))) throw expansion()
    if (letter === '\\' && /[$`"\\\n]/.test(text[at + 1] ?? '')) {
      at++
      if (text[at] !== '\n') content += text[at]
    } else content += letter
  }
  throw unclosed()
}

function ansi(text: string, from: number): Quoted {
  let content = ''
  for (let at = from; at < text.length; at++) {
    const letter = text[at] as string
    if (letter === "'") return [content, at]
    if (letter !== '\\') {
      content += letter
      continue
    }
    at++
    const [whole, byte, unit, point, octal] = NUMBERED.exec(text.slice(at, at + 9)) ?? []
    if (whole === undefined) content += ESCAPES[text[at] ?? ''] ?? text[at] ?? ''
    else {
      content += character(
        octal === undefined ? Number.parseInt(byte ?? unit ?? point ?? '', 16) : Number.parseInt(octal, 8),
      )
      at += whole.length - 1
    }
  }
  throw unclosed()
}

function character(code: number): string {
  if (code > 0x10_ffff) throw new UsageError('the line has a character that there is not')
  return String.fromCodePoint(code)
}

/** Whether a text is written for the command prompt of Windows. */
export function isForCmd(text: string): boolean {
  return /\^"|\^\r?\n/.test(text)
}

/**
 * The commands of a text for the command prompt of Windows: carets first, as cmd.exe takes them away, then quotes as
 * programs read them.
 *
 * @throws UsageError
 */
export function cmdCommands(text: string): string[][] {
  const plain = text
    // A caret before two line ends stands for one of them, and before one for none.
    .replace(/\^\r?\n(\r?\n)?/g, (_, kept: string | undefined) => (kept === undefined ? ' ' : '\n'))
    .replace(/\^([\s\S])/g, '$1')
  const commands: string[][] = []
  let words: string[] = []
  let word: string | null = null
  let quoted = false
  const endWord = () => {
    if (word !== null) words.push(word)
    word = null
  }
  for (let at = 0; at < plain.length; at++) {
    const letter = plain[at] as string
    const slashes = /^\\*/.exec(plain.slice(at))?.[0].length ?? 0
    if (slashes > 0 && plain[at + slashes] === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2))
      at += slashes - 1
      if (slashes % 2 === 1) {
        word += '"'
        at++
      }
    } else if (letter === '"') {
      word ??= ''
      // Two within quotes stand for one.
      if (quoted && plain[at + 1] === '"') {
        word += '"'
        at++
      } else quoted = !quoted
    } else if (!quoted && /[&\n]/.test(letter)) {
      endWord()
      if (words.length > 0) commands.push(words)
      words = []
    } else if (!quoted && /\s/.test(letter)) endWord()
    else word = (word ?? '') + letter
  }
  if (quoted) throw unclosed()
  endWord()
  if (words.length > 0) commands.push(words)
  return commands
}

function unclosed(): UsageError {
  return new UsageError('the line has a quote that nothing closes')
}

function expansion(): UsageError {
  return new UsageError('the line has a variable or a command in it, and nothing is put in their place')
}
