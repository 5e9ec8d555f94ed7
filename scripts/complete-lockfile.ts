/**
 * Adds to the lockfiles the packages for other platforms that the registry in use does not carry, by version and
 * platform alone: without them `npm ci` calls the lockfile out of date. Run it after `npm install`; with `--check` it
 * only says what is missing, and that no address of a registry has got into a lockfile.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { addMissingPlatforms, type Lockfile, registryAddresses } from './lib/lockfile-platforms.ts'

const LOCKFILES = ['package-lock.json', 'bench/peers/package-lock.json']
const check = process.argv.includes('--check')

for (const name of LOCKFILES) {
  const file = new URL(`../${name}`, import.meta.url)
  const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile
  const added = addMissingPlatforms(lockfile)
  const addresses = registryAddresses(lockfile)

  for (const path of addresses) process.stderr.write(`${name}: ${path} names a registry's address\n`)
  for (const path of added) process.stderr.write(`${name}: ${check ? 'misses' : 'added'} ${path}\n`)
  if (check && added.length > 0) process.stderr.write('Run: node scripts/complete-lockfile.ts\n')
  if (!check && added.length > 0) writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`)
  if (addresses.length > 0 || (check && added.length > 0)) process.exitCode = 1
}
