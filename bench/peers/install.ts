import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Installs the peers from their own lockfile, where they are not there yet. No script of theirs is run: none downloads a browser. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(import.meta.dirname, 'node_modules', '.package-lock.json'))) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  process.stderr.write(`The peers are installed for the first time: npm ${args.join(' ')}, in bench/peers\n`)
  const child = spawn('npm', args, { cwd: import.meta.dirname, stdio: ['ignore', 2, 2] })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`npm ci ended with ${code}`)
}

/** A package of bench/peers, which the project itself does not depend on; so it has no types here. */
export function load(name: string): Promise<ReturnType<typeof JSON.parse>> {
  return import(name)
}
