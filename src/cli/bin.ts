#!/usr/bin/env node
// Imports nothing statically: on an older Node the rest of the package would fail to load before a word could be said.
const NEEDED = { major: 22, minor: 19 }
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < NEEDED.major || (major === NEEDED.major && minor < NEEDED.minor)) {
  process.stderr.write(
    `onejar needs Node.js ${NEEDED.major}.${NEEDED.minor} or later, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current Node.js, or run it with one: npx -p node@24 -p onejar onejar --help\n',
  )
  process.exitCode = 1
} else {
  const { main } = await import('./main.ts')
  process.exitCode = await main(process.argv.slice(2))
  // What was given up (a connection to a store that is away) shall not keep the process.
  setTimeout(() => process.exit(), 500).unref()
}
