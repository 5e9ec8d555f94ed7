import { describe, expect, it } from 'vitest'
import { FACT_NAMES, type Facts } from '../../../src/cli/fetch/facts.ts'
import { parseWriteOut } from '../../../src/cli/fetch/write-out.ts'

const facts = (more: Partial<Facts> = {}): Facts => ({
  ...(Object.fromEntries(FACT_NAMES.map((name) => [name, null])) as Facts),
  http_code: 200,
  response_code: 200,
  via: 'http',
  exitcode: 0,
  time_total: 0.25,
  ...more,
})
const headers = { 'x-one': 'a', 'set-cookie': ['a=1', 'b=2'] }
const written = (format: string, more: Partial<Facts> = {}) => parseWriteOut(format)(facts(more), headers)

describe('the format of -w', () => {
  it('takes variables, escapes and per cents', () => {
    expect(written('%{http_code}\\t%{via}%%\\n%{response_code} %{time_total}')).toEqual([
      { to: 'stdout', text: '200\thttp%\n200 0.250000' },
    ])
    expect(written('%{http_code}', { http_code: 0 })).toEqual([{ to: 'stdout', text: '000' }])
    expect(written('[%{errormsg}]')).toEqual([{ to: 'stdout', text: '[]' }])
  })

  it('gives headers, one by one or as JSON', () => {
    expect(written('%header{X-One}|%header{x-none}')).toEqual([{ to: 'stdout', text: 'a|' }])
    expect(JSON.parse(written('%{header_json}')[0]!.text)).toEqual({
      'x-one': ['a'],
      'set-cookie': ['a=1', 'b=2'],
    })
    expect(JSON.parse(written('%{json}')[0]!.text)).toMatchObject({ http_code: 200, via: 'http' })
  })

  it('goes from one stream to the other, and keeps what is for failures', () => {
    expect(written('a%{stderr}b%{stdout}c')).toEqual([
      { to: 'stdout', text: 'a' },
      { to: 'stderr', text: 'b' },
      { to: 'stdout', text: 'c' },
    ])
    expect(written('a%{onerror}b')).toEqual([{ to: 'stdout', text: 'a' }])
    expect(written('a%{onerror}b', { exitcode: 7 })).toEqual([{ to: 'stdout', text: 'ab' }])
  })

  it('lets no header steer the terminal', () => {
    expect(parseWriteOut('%header{x}')(facts(), { x: 'a\x1b[2J' })[0]!.text).toBe('a?[2J')
  })
})
