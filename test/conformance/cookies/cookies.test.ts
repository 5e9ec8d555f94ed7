import { describe, expect, it } from 'vitest'
import { JarUnderTest } from './jar-under-test.ts'
import { ROWS } from './rows.ts'

const RULES = [...new Set(ROWS.map((row) => row.rule))]

describe.each(RULES)('%s', (rule) => {
  it.each(ROWS.filter((row) => row.rule === rule))('$says', ({ steps }) => {
    const wanted = steps.flatMap((step) => ('get' in step ? [step.header] : []))
    expect(new JarUnderTest().replay(steps)).toEqual(wanted)
  })
})
