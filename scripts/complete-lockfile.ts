/**
 * Adds to package-lock.json the packages for other platforms that the registry in use does not carry, by version and
 * platform alone: without them `npm ci` calls the lockfile out of date. Run it after `npm install`; with `--check` it
 * only says what is missing, and that no address of a registry has got into the lockfile.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { addMissingPlatforms, type Lockfile, registryAddresses } from './lib/lockfile-platforms.ts'

const file = new URL('../package-lock.json', import.meta.url)
const check = process.argv.includes('--check')
const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile
const added = addMissingPlatforms(lockfile)
const addresses = registryAddresses(lockfile)

for (const path of addresses) process.stderr.write(`package-lock.json: ${path} names a registry's address\n`)
for (const path of added) process.stderr.write(`package-lock.json: ${check ? 'misses' : 'added'} ${path}\n`)
if (check && added.length > 0) process.stderr.write('Run: node scripts/complete-lockfile.ts\n')
if (!check && added.length > 0) writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`)
if (addresses.length > 0 || (check && added.length > 0)) process.exitCode = 1
