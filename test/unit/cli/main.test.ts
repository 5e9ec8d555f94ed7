import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { main } from '../../../src/cli/main.ts'

const CANARY = 'canary-7f3a'

/** Runs a command line in this process, with streams of its own. */
async function run(args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const texts = Promise.all([text(stdout), text(stderr)])
  const code = await main(args, { stdin: Readable.from([]), stdout, stderr, env: {} })
  stdout.end()
  stderr.end()
  const [out, err] = await texts
  return { code, out, err }
}

describe('a command line held wrong', { timeout: 60_000 }, () => {
  it.each([
    [['fethc'], 'there is no command fethc; did you mean fetch? (see onejar --help)'],
    [['--verison'], 'there is no flag --verison'],
    [['fetch'], 'the URL is missing (see onejar fetch --help)'],
    [['export', 'a', 'b'], 'there is one word too many: b'],
    [['fetch', '--hedaer', 'x', 'a'], 'there is no flag --hedaer; did you mean --header?'],
    [['fetch', 'a', '-o'], '-o takes a value: FILE'],
    [['fetch', '-H', 'no colon', 'a'], 'a header has the form "Name: value"'],
    [['fetch', '-H', 'Host:', 'a'], 'the header Host cannot be left out'],
    [['fetch', '-u', 'alice', 'a'], '-u takes NAME:PASSWORD'],
    [['fetch', '-F', '=x', 'a'], '-F takes name=value'],
    [['fetch', '-F', 'a=1', '-d', 'b=2', 'a'], '-F and other data exclude each other'],
    [['fetch', '-G', '-F', 'a=1', 'a'], '-G and -F exclude each other'],
    [['fetch', '-m', 'soon', 'a'], '--max-time takes a number of seconds above 0'],
    [['fetch', '-w', '%{http_cod}', 'a'], 'there is no variable http_cod; did you mean http_code?'],
    [['fetch', '--silent=yes', 'a'], '--silent takes no value'],
    [['fetch', '-sQ', 'a'], 'there is no flag -Q'],
    [['fetch', '-J', 'a'], '-J names the file of -O'],
    [['fetch', '--max-redirs', 'few', 'a'], '--max-redirs takes a whole number'],
    [['fetch', '--retry', 'x', 'a'], '--retry takes a whole number'],
    [['fetch', '--resolve', 'a:b', 'a'], '--resolve takes HOST:PORT:ADDRESS'],
    [['fetch', '--limit-rate', 'fast', 'a'], '--limit-rate takes bytes a second'],
    [['fetch', '-r', 'all', 'a'], '-r takes a range'],
    [['fetch', '-T', 'x', '-d', 'a', 'a'], '-T and data, or -I, exclude each other'],
    [['fetch', '-d', 'a', '--json', '{}', 'a'], '--json and form data exclude each other'],
    [['fetch', '-I', '-d', 'a', 'a'], '-I and data exclude each other'],
    [['fetch', '--render', '-d', 'a', 'a'], '--render loads a page'],
    [['fetch', '--store', 'x.db', 'a'], 'name it with --session'],
    [['sessions'], 'say what to do: ls, show, rm, unblock, purge'],
    [['sessions', 'lst'], 'did you mean ls?'],
    [['export', 'a', '--format', 'netscpe'], 'did you mean netscape?'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('names no secret of a header or a URL that is wrong', async () => {
    const header = await run(['fetch', '-H', `Cookie ${CANARY}`, 'a'])
    const credentials = await run(['fetch', `http://user:${CANARY}@127.0.0.1:1/?q=${CANARY}`])
    expect(header.code).toBe(2)
    expect(credentials).toMatchObject({ code: 3 })
    expect(header.err + credentials.err).not.toContain(CANARY)
  })

  it('says with 26 that a file cannot be read', async () => {
    const { code, err } = await run(['fetch', '-d', '@/nowhere/data', 'a'])
    expect({ code, err }).toEqual({ code: 26, err: 'onejar: /nowhere/data cannot be read (ENOENT)\n' })
  })
})

describe('help', { timeout: 60_000 }, () => {
  it.each(['fetch', 'sessions', 'export', 'import', 'keys', 'doctor'])(
    'of %s has grammar and examples',
    async (name) => {
      const [flag, word] = await Promise.all([run([name, '--help']), run(['help', name])])
      expect(flag).toMatchObject({ code: 0, err: '' })
      expect(flag.out).toMatch(new RegExp(`^usage: onejar ${name} [^]*\\nexamples\\n  `))
      expect(word.out).toBe(flag.out)
      for (const line of flag.out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    },
  )

  it('lists the commands, and the version', async () => {
    const all = await run(['--help'])
    expect(all.code).toBe(0)
    expect(all.out).toMatch(/^ {2}fetch +\w/m)
    expect(await run([])).toMatchObject({ code: 2, out: all.out })
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
