import type { Finding } from './finding.ts'

/** The Node.js that runs this; an older one than needed never gets here (see `bin.ts`). */
export function checkNode(): Finding {
  const { version, execPath } = process
  return {
    part: 'Node.js',
    state: 'ok',
    found: `${version.slice(1)} (${execPath})`,
    facts: { version: version.slice(1), path: execPath },
  }
}
