/** Before a publish: where the package comes from has to be said, and only its owner knows the address. */
import { readFileSync } from 'node:fs'

const manifest: Record<string, unknown> = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
const missing = ['repository', 'homepage', 'bugs'].filter((field) => manifest[field] === undefined)
if (missing.length > 0) {
  process.stderr.write(
    `package.json has no ${missing.join(', no ')}: add the addresses before the package is published\n`,
  )
  process.exitCode = 1
}
