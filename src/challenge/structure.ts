import { asGate, seen } from './gate.ts'
import type { HtmlFacts } from './html-facts.ts'
import { readScripts } from './script-structure.ts'
import type { Shape } from './shape.ts'
import type { Evidence } from './verdict.ts'
import { readWords } from './word-structure.ts'

/**
 * What the build of a document says, whoever made it: observations that join several facts, which a row of the table
 * cannot.
 */
export function readStructure(facts: HtmlFacts, shape: Shape, statusCode: number): Evidence[] {
  const found: Evidence[] = []
  if (facts.passwordFields > 0 && (statusCode === 401 || statusCode === 403)) {
    found.push(seen('login-form', 'unauthorised', 0.65, 'a refusal that holds a login form'))
  }
  const gate = asGate(facts, shape, statusCode)
  if (gate === null) return found
  found.push(...readScripts(gate), ...readWords(gate))
  const { elements, text } = facts
  if (facts.captchaFields > 0) {
    const note = 'asks to fill in the answer to a puzzle, and nothing else'
    found.push(seen('captcha-field', 'captcha', 0.65, note))
  }
  if (shape === 'bare' && facts.frames.includes('captcha')) {
    found.push(seen('captcha-frame', 'captcha', 0.7, 'the page is nothing but the frame of a puzzle'))
  }
  if (elements.has('altcha-widget')) found.push(readAltcha(facts))
  if (!gate.refused && facts.scripts > 0 && text.length <= (gate.mounts ? 400 : 60)) {
    found.push(seen('app-shell', 'present', 0, 'an application shell without content'))
  }
  return found
}

/**
 * ALTCHA's proof of work runs without a person when it starts by itself (`auto`, `display=invisible`, or a script that
 * calls `verify`); a box beside a button that has to be pressed waits for one.
 */
function readAltcha({ elements, inline, buttons }: HtmlFacts): Evidence {
  const startsItself =
    elements.has('[auto=onload]') ||
    elements.has('[auto=onsubmit]') ||
    elements.has('[display=invisible]') ||
    /\.\s?verify\s?\(|auto['"]?\s?:\s?['"]on(?:load|submit)/.test(inline)
  return {
    vendor: 'altcha',
    where: 'structure',
    ...(startsItself || buttons === 0
      ? {
          signal: 'altcha-gate',
          verdict: 'js-challenge',
          weight: 0.75,
          note: 'the page is nothing but an ALTCHA proof of work',
        }
      : {
          signal: 'altcha-click',
          verdict: 'captcha',
          weight: 0.6,
          note: 'an ALTCHA box that waits for a click',
        }),
  }
}
