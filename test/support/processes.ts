import { readdirSync, readFileSync } from 'node:fs'

interface Running {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The Chromium processes that this process started, and those that they started. */
export function chromiumProcesses(): Running[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? read(Number(name)) : []))
  const ours = new Set([process.pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const { pid, parent } of all) {
      if (ours.has(pid) || !ours.has(parent)) continue
      ours.add(pid)
      grown = true
    }
  }
  return all.filter(({ pid, command }) => pid !== process.pid && ours.has(pid) && /chrom/.test(command))
}

/** The processes that draw pages. */
export function rendererProcesses(): Running[] {
  return chromiumProcesses().filter(({ command }) => command.includes('--type=renderer'))
}

/** The browser itself. */
export function browserProcess(): Running | undefined {
  return chromiumProcesses().find(({ parent }) => parent === process.pid)
}

/** What keeps this process alive or busy, by kind: to be compared before and after. */
export function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function read(pid: number): Running[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return []
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return [{ pid, parent: Number(parent), command }]
  } catch {
    return []
  }
}
