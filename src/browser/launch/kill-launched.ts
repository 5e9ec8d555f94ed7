import { readdirSync, readFileSync } from 'node:fs'

/**
 * Kills the browser that this process started with this argument, and everything in its process group. Playwright waits for
 * half a minute before it does. The argument has to be one that no other process has; where there is no `/proc` to find
 * it by, nothing is done.
 */
export function killLaunched(argument: string): void {
  for (const pid of childrenWith(argument)) {
    // It leads a group of its own, except where it was started by other means.
    for (const target of [-pid, pid]) {
      try {
        process.kill(target, 'SIGKILL')
        break
      } catch {}
    }
  }
}

function childrenWith(argument: string): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => isOurs(pid, argument))
  } catch {
    return []
  }
}

function isOurs(pid: number, argument: string): boolean {
  try {
    // The second field, the command's name, is in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return (
      parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
    )
  } catch {
    return false
  }
}
