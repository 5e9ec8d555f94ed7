import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AuditFacts,
  checkLine,
  nextLine,
  PersonalRedactor,
  RobotsRules,
  TRAIL_START,
  type TrailEnd,
} from '../../src/compliance/index.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '$', '%', '.'), maxLength: 8 })

describe('robots.txt', () => {
  it('matches as the pattern’s regular expression would', () => {
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, fc.boolean(), path, (text, anchored, rest) => {
        const whole = `/${text}${anchored ? '$' : ''}`
        const url = new URL(`https://a.example/${rest.replaceAll('/', 'c/').replaceAll('.', 'd.')}`)
        const source = `/${text}`
          .split('*')
          .map((piece) => piece.replaceAll('.', '\\.'))
          .join('.*')
        const expected = new RegExp(`^${source}${anchored ? '$' : ''}`).test(url.pathname)
        const rules = new RobotsRules(`User-agent: *\nDisallow: ${whole}\n`, 'x')
        expect(rules.decide(url).allowed).toBe(!expected)
      }),
    )
  })

  it('is rules, whatever the text', () => {
    const line = fc.tuple(fc.constantFrom('User-agent', 'Disallow', 'Allow', 'Crawl-delay', 'x'), word)
    const file = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(line, { maxLength: 12 })
        .map((lines) => lines.map(([name, value]) => `${name}: ${value}`).join('\n')),
    )
    fc.assert(
      fc.property(file, fc.webUrl({ withQueryParameters: true }), (text, url) => {
        const rules = new RobotsRules(text, 'a')
        expect(typeof rules.decide(new URL(url)).allowed).toBe('boolean')
        expect(rules.crawlDelayMs).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('never counts a longer Allow less than a shorter Disallow', () => {
    fc.assert(
      fc.property(word, word, (head, tail) => {
        const file = `User-agent: *\nDisallow: /\nAllow: /x${head.replaceAll('$', '')}${tail.replaceAll('$', '')}\n`
        const url = new URL(
          `https://a.example/x${head}${tail}`.replaceAll(/[*$%]/g, 'a').replaceAll('.', 'd'),
        )
        const plain = /^[ab/]*$/.test(head + tail)
        if (plain) expect(new RobotsRules(file, 'q').decide(url).allowed).toBe(true)
      }),
    )
  })
})

describe('the redactor', () => {
  const personal = fc.constantFrom(
    'jane.doe@example.org',
    '203.0.113.77',
    '+49 30 901820',
    '2001:db8::77',
    'jane%40example.org',
  )
  const noise = fc.string({
    unit: fc.constantFrom('a', '1', ' ', '.', ':', '@', '+', '-', '<', '"', ',', '\n', 'é', '%', '('),
    maxLength: 30,
  })
  const text = fc
    .array(fc.tuple(noise, personal), { maxLength: 8 })
    .map((parts) => parts.map(([before, it]) => `${before}"${it}"`).join(''))
  const redact = (bytes: string, cuts: readonly number[]) => {
    const redactor = new PersonalRedactor({ kinds: ['email', 'phone', 'ip'], phoneRegion: 'DE', json: false })
    let [out, at] = ['', 0]
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      out += redactor.write(bytes.slice(at, Math.max(at, cut)))
      at = Math.max(at, cut)
    }
    return out + redactor.write(bytes.slice(at)) + redactor.end()
  }

  it('finds what is there, wherever the pieces end', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(400), { maxLength: 12 }), (given, cuts) => {
        const bytes = Buffer.from(given).toString('latin1')
        const whole = redact(bytes, [])
        expect(redact(bytes, cuts)).toBe(whole)
        expect(whole).not.toMatch(/jane|113\.77|901820|db8/)
      }),
    )
  })

  it('leaves alone what holds nothing of the kind', () => {
    const harmless = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '<', '>', '"', '\n', 'é', '日'),
      maxLength: 200,
    })
    fc.assert(
      fc.property(harmless, fc.array(fc.nat(200)), (given, cuts) => {
        const bytes = Buffer.from(given).toString('latin1')
        expect(redact(bytes, cuts)).toBe(bytes)
      }),
    )
  })
})

describe('the chain', () => {
  const facts: fc.Arbitrary<AuditFacts> = fc.dictionary(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.double()),
    { maxKeys: 10 },
  )
  const key = { id: 'k', secret: Buffer.from('secret') }
  const check = { keys: [key], keyed: true }
  const write = (all: readonly AuditFacts[]) => {
    let end: TrailEnd = TRAIL_START
    return all.map((one) => {
      const next = nextLine(
        end,
        { at: 1_700_000_000_000, rule: 'robots-disallowed', session: null, facts: one },
        key,
      )
      end = next.end
      return next.line.slice(0, -1)
    })
  }

  it('holds whatever the facts are, and shows any change of one character', () => {
    fc.assert(
      fc.property(
        fc.array(facts, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(65_535),
        (all, place, char) => {
          const lines = write(all)
          let end: TrailEnd = TRAIL_START
          for (const line of lines) {
            const checked = checkLine(line, end, check)
            if ('broken' in checked) throw new Error(checked.broken)
            end = checked.record
          }
          const last = lines.at(-1) as string
          const at = place % last.length
          const changed = last.slice(0, at) + String.fromCharCode(char) + last.slice(at + 1)
          const before = lines.length === 1 ? TRAIL_START : endOf(lines.at(-2) as string)
          if (changed !== last) expect(checkLine(changed, before, check)).toHaveProperty('broken')
        },
      ),
    )
  })

  function endOf(line: string): TrailEnd {
    return JSON.parse(line) as TrailEnd
  }
})
