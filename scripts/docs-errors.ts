/** Makes `docs/errors.md` from the registry of error codes; with `--check` it only says whether the page is current. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ERRORS } from '../src/core/index.ts'

const page = fileURLToPath(new URL('../docs/errors.md', import.meta.url))
const RETRIES = {
  never: 'the same call would fail again',
  'same-session': 'the same call may pass later, with the same session',
  'new-session': 'another session may pass',
  after: 'wait for `retryAfterMs`, then call again',
} as const
const TIERS = {
  recoverable: 'time, another attempt or another session may mend it',
  'non-recoverable': 'the same thing fails again until somebody changes something',
  'compliance-blocked': 'the site, or a rule kept on its behalf, says no: a person has to decide',
} as const

const sections = Object.entries(ERRORS).map(
  ([code, { meaning, advice, retry, tier }]) =>
    `## ${code}\n\n${meaning}\n\n- What to do: ${advice}\n- \`retry\`: \`${retry}\`, ${RETRIES[retry]}.\n- \`tier\`: \`${tier}\`.\n`,
)
const tierTable = Object.entries(TIERS)
  .map(([tier, means]) => `- \`${tier}\`: ${means}.`)
  .join('\n')
const text = `# Errors

Everything that Onejar throws on purpose is an \`OnejarError\`. Match on \`code\`, which does not change between
releases; the message is for people and may. This page is made from the registry by \`node scripts/docs-errors.ts\`.

\`tier\` sorts them by what has to happen next:

${tierTable}

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  let current = ''
  try {
    current = readFileSync(page, 'utf8')
  } catch {}
  if (current !== text) {
    process.stderr.write('docs/errors.md is not current. Run: node scripts/docs-errors.ts\n')
    process.exitCode = 1
  }
} else {
  mkdirSync(new URL('../docs', import.meta.url), { recursive: true })
  writeFileSync(page, text)
}
