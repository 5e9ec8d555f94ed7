/**
 * Finds the real parts that the demo, the tests and the benchmarks run against, and installs what is missing:
 * `node scripts/ensure-parts.ts [--only chromium,redis,openssl,python3,httpx,curl,prometheus,chromedriver,xvfb,xdotool,headless-shell,podman,buildah,debootstrap] [--no-install]`. Ends with 1 and the command to run when a part
 * is missing and cannot be installed; the headless shell is one that can be done without.
 */
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { findBrowser } from '../src/browser/launch/find-browser.ts'
import { findHeadlessShell } from './lib/find-headless-shell.ts'
import { findHttpx } from './lib/find-httpx.ts'
import { findOnPath } from './lib/find-on-path.ts'
import { findRedis } from './lib/find-redis.ts'
import {
  ALL_PARTS,
  installers,
  manualCommand,
  OPTIONAL_PARTS,
  type Part,
  USUAL_PARTS,
} from './lib/part-installers.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, 'no-install': { type: 'boolean', default: false } },
})
const wanted = values.only?.split(',') ?? [...USUAL_PARTS]
const unknown = wanted.filter((part) => !(ALL_PARTS as readonly string[]).includes(part))
if (unknown.length > 0) fail(`Unknown part: ${unknown.join(', ')}. There are: ${ALL_PARTS.join(', ')}.`)

for (const part of ALL_PARTS.filter((part) => wanted.includes(part))) await ensure(part)

/** Finds one part, or tries one installer after another until it is there. */
async function ensure(part: Part): Promise<void> {
  const found = await find(part)
  if (found) return note(`${part}: ${found}`)
  if (!values['no-install']) {
    for (const installer of await installers(part)) {
      say(`${part} is missing; trying: ${installer.command.join(' ')}`)
      const problem = await run(installer.command, installer.timeoutMs, installer.env)
      const installed = await find(part)
      if (installed && (await starts(part, installed))) return note(`${part}: ${installed}`)
      say(`that did not bring ${part}${problem ? `: ${problem}` : ''}`)
    }
  }
  if ((OPTIONAL_PARTS as readonly string[]).includes(part))
    return note(`${part} is missing, and can be done without`)
  fail(
    `${part} is missing. Install it with:\n\n    ${manualCommand(part)}\n\nand run the same command again.`,
  )
}

async function find(part: Part): Promise<string | null> {
  try {
    if (part === 'chromium') return (await findBrowser())?.executablePath ?? null
    // A Chromium that was chosen takes its place.
    if (part === 'headless-shell') return process.env['ONEJAR_CHROMIUM'] || (await findHeadlessShell())
    if (part === 'httpx') return findHttpx()
    if (part === 'xvfb') return findOnPath(['Xvfb'])
    return part === 'redis' ? findRedis() : findOnPath([part])
  } catch (error) {
    return fail((error as Error).message)
  }
}

/** Whether a freshly installed part runs here: a download can lack the libraries it needs. */
async function starts(part: Part, file: string): Promise<boolean> {
  // The screen and its hands have no run that ends by itself.
  if (part === 'httpx' || part === 'xvfb' || part === 'xdotool') return true
  const problem = await run([file, part === 'openssl' ? 'version' : '--version'], 20_000)
  if (problem) say(`${part} at ${file} does not start: ${problem}`)
  return problem === null
}

/** Runs a command to its end; what it prints goes to a terminal, and elsewhere only its last lines on failure. */
function run(
  command: readonly string[],
  timeoutMs: number,
  env: Record<string, string> = {},
): Promise<string | null> {
  const [file = '', ...args] = command
  const terminal = process.stderr.isTTY
  return new Promise((resolve) => {
    let tail = ''
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', terminal ? 'inherit' : 'pipe', terminal ? 'inherit' : 'pipe'],
      detached: true,
    })
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-2_000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const timer = setTimeout(() => {
      tail += `\n(stopped after ${timeoutMs / 1_000} s)`
      if (child.pid) process.kill(-child.pid, 'SIGKILL') // the whole group: installers start children
    }, timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve(error.message)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? null : tail.trim() || `exit code ${code}`)
    })
  })
}

/** For people who watch: on a terminal only. */
function note(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`)
}

/** For everyone: something is being changed on this machine. */
function say(line: string): void {
  process.stderr.write(`ensure-parts: ${line}\n`)
}

function fail(message: string): never {
  process.stderr.write(`ensure-parts: ${message}\n`)
  process.exit(1)
}
