import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bashCompletion } from '../../../src/cli/completion/bash.ts'
import { fishCompletion } from '../../../src/cli/completion/fish.ts'
import { zshCompletion } from '../../../src/cli/completion/zsh.ts'
import { describeError } from '../../../src/cli/error-text.ts'
import { EXIT } from '../../../src/cli/exit-codes.ts'
import { EXIT_MEANINGS } from '../../../src/cli/exit-meanings.ts'
import { manPage } from '../../../src/cli/man-page.ts'
import { helpText } from '../../../src/cli/options/help-text.ts'
import { optionsOf } from '../../../src/cli/options/option.ts'
import { COMMAND_SPECS } from '../../../src/cli/specs/commands.ts'
import { EXPORT_FORMATS } from '../../../src/cli/specs/export.ts'
import { FILE_FORMATS } from '../../../src/cli/specs/import.ts'
import { IMPORT_FORMATS, SESSION_FORMATS } from '../../../src/client/index.ts'
import { ERRORS, type ErrorCode, OnejarError } from '../../../src/core/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'onejar-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the table of commands', () => {
  it('has one flag for each letter of a command', () => {
    for (const spec of COMMAND_SPECS) {
      const letters = Object.values(optionsOf(spec)).flatMap(({ short }) => short ?? [])
      expect([spec.name, letters.filter((letter, at) => letters.indexOf(letter) !== at)]).toEqual([
        spec.name,
        [],
      ])
    }
  })

  it('names the forms of files that the library has', () => {
    expect(EXPORT_FORMATS).toEqual(SESSION_FORMATS)
    expect([...FILE_FORMATS].sort()).toEqual([...IMPORT_FORMATS, 'auto', 'curl'].sort())
  })

  it('says what each exit code means', () => {
    const explained = EXIT_MEANINGS.flatMap(([code]) => code.split(', ').map(Number))
    expect(Object.values(EXIT).filter((code) => !explained.includes(code))).toEqual([])
  })

  it('makes lines of help that fit', () => {
    for (const spec of COMMAND_SPECS) {
      for (const line of helpText(spec).split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    }
  })
})

describe('errors in the words of the command line', () => {
  it('name no option and no call of the library', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const text = describeError(new OnejarError(code, 'x'), 'fetch')
      expect(text.replace(/\[\w+\]$/, '')).not.toMatch(
        /\b[a-z]+(?:Ms|At)\b|(?:session|broker)\.\w|\b(?:maxRedirects|maxResponseBytes)\b/,
      )
    }
    expect(describeError(new OnejarError('ONEJAR_TIMEOUT', 'x'), 'fetch')).toContain('(-m)')
  })
})

/** The words that bash offers where a line ends. */
function bashOffers(line: string): string[] {
  const script = join(folder, 'onejar.bash')
  writeFileSync(script, bashCompletion(COMMAND_SPECS))
  const words = line.split(' ')
  const list = words.map((word) => `'${word}'`).join(' ')
  // compopt works within a completion alone.
  const run = `compopt() { :; }; source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _onejar; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', run], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

describe('completion', () => {
  it('offers commands, actions, flags, values and files in bash', () => {
    expect(bashOffers('onejar se')).toEqual(['sessions', 'serve'])
    expect(bashOffers('onejar sessions u')).toEqual(['unblock'])
    expect(bashOffers('onejar fetch --retry-')).toEqual([
      '--retry-delay',
      '--retry-max-time',
      '--retry-connrefused',
      '--retry-all-errors',
    ])
    expect(bashOffers('onejar export --format n')).toEqual(['netscape'])
    expect(bashOffers('onejar fetch -o onejar.b')).toEqual(['onejar.bash'])
    expect(bashOffers('onejar fetch -X ')).toEqual([])
  })

  it.each([
    ['bash', bashCompletion],
    ['zsh', zshCompletion],
    ['fish', fishCompletion],
  ])('knows every command and flag in %s', (_, complete) => {
    const script = complete(COMMAND_SPECS)
    for (const spec of COMMAND_SPECS) {
      expect(script).toContain(spec.name)
      for (const [name, { silent }] of Object.entries(optionsOf(spec))) {
        if (silent !== true) expect(script).toMatch(new RegExp(`(?:--|-l )${name}\\b`))
      }
    }
  })
})

describe('the manual page', () => {
  it('has every command, flag, exit code and variable of the environment, and nothing that is read as a request', () => {
    const page = manPage(COMMAND_SPECS, '1.2.3')
    expect(page).toMatch(/^\.TH ONEJAR 1 "" "onejar 1\.2\.3"/)
    for (const spec of COMMAND_SPECS) {
      expect(page).toContain(`.SS ${spec.name.replaceAll('-', '\\-')}`)
      for (const [name, { silent }] of Object.entries(optionsOf(spec)))
        if (silent !== true) expect(page).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`)
    }
    for (const line of page.split('\n').filter((text) => /^[.']/.test(text)))
      expect(line).toMatch(/^\.(?:TH|SH|SS|TP|PP|B|I|BR|br|nf|fi)\b/)
  })
})
