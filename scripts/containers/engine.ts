import { spawn } from 'node:child_process'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath } from '../lib/find-on-path.ts'
import { CONTAINER_PARTS } from '../lib/part-installers.ts'

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command to its end. */
export function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  echo = false,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (echo) process.stderr.write('.')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** What `inspect` says of a container, as far as it is looked at here. */
export interface Inspected {
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly ExitCode: number
    readonly Pid: number
    readonly OOMKilled: boolean
  }
  readonly RestartCount: number
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> }
}

/** Docker or podman: what both say in the same words. */
export class Engine {
  readonly name: 'docker' | 'podman'
  /** What it is, for people. */
  readonly title: string
  /** What `run` needs beside what the compose file says. */
  readonly further: readonly string[]
  /** How images are built. */
  readonly build: readonly string[]
  readonly #env: NodeJS.ProcessEnv

  constructor(
    name: 'docker' | 'podman',
    title: string,
    build: readonly string[],
    further: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    this.name = name
    this.title = title
    this.build = build
    this.further = further
    this.#env = env
  }

  /** Runs a command of the engine, however it ends. */
  try(...args: readonly string[]): Promise<Ended> {
    return run(this.name, args, this.#env)
  }

  /** What a command of the engine prints. @throws Error when it fails */
  async ask(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.try(...args)
    if (code === 0) return out.trim()
    throw new Error(
      `${this.name} ${args.slice(0, 3).join(' ')} ended with ${code}: ${err.trim().slice(-1_500)}`,
    )
  }

  /** Builds an image. @throws Error with the end of what was printed */
  async buildImage(tag: string, file: string, context: string): Promise<void> {
    const [command = '', ...args] = this.build
    const all = [...args, '--file', file, '--tag', tag, context]
    const { code, out, err } = await run(command, all, this.#env, true)
    process.stderr.write('\n')
    if (code !== 0) throw new Error(`${command} could not build ${tag}:\n${(out + err).slice(-4_000)}`)
  }

  async inspect(container: string): Promise<Inspected> {
    const [found] = JSON.parse(await this.ask('inspect', container)) as Inspected[]
    if (found === undefined) throw new Error(`there is no container ${container}`)
    return found
  }

  /** Whether the container's own check says that it is well. Podman has nobody who asks where there is no systemd. */
  async isHealthy(container: string): Promise<boolean> {
    if (this.name === 'podman') return (await this.try('healthcheck', 'run', container)).code === 0
    return (await this.ask('inspect', '--format', '{{.State.Health.Status}}', container)) === 'healthy'
  }
}

/** What a missing part is installed with. */
export const INSTALL = `npm run parts -- --only ${CONTAINER_PARTS.join(',')}`

/**
 * Docker where a daemon answers, else podman with buildah, whose images and containers are kept in a folder of their own. Null
 * where there is neither; nothing is installed.
 */
export async function findEngine(folder: string): Promise<Engine | null> {
  if (
    findOnPath(['docker']) &&
    (await run('docker', ['version', '--format', '{{.Server.Version}}'])).code === 0
  ) {
    const { out } = await run('docker', ['version', '--format', '{{.Server.Version}}'])
    return new Engine('docker', `docker ${out.trim()}`, ['docker', 'build'], [], process.env)
  }
  if (!findOnPath(['podman']) || !findOnPath(['buildah']) || !findOnPath(['runc'])) return null
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Its name is known: who made it first would choose what is run here.
  const { uid, mode } = statSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new Error(`${folder} belongs to somebody else, or others may write to it: remove it`)
  const env = { ...process.env, ...configuration(folder), DISABLE_HC_SYSTEMD: 'true' }
  const version = (await run('podman', ['--version'], env)).out.trim()
  const build = ['buildah', 'bud', '--layers', '--format', 'docker', '--isolation', 'chroot']
  // Docker mounts no folders that can be written by itself; podman does.
  return new Engine('podman', `${version}, buildah, runc`, build, ['--read-only-tmpfs=false'], env)
}

/** Settings for podman and buildah: storage of their own, and limits that a process without CAP_SYS_RESOURCE may set. */
function configuration(folder: string): Record<string, string> {
  const storage = join(folder, 'storage.conf')
  const containers = join(folder, 'containers.conf')
  writeFileSync(
    storage,
    `[storage]\ndriver = "overlay"\ngraphroot = "${join(folder, 'storage')}"\nrunroot = "${join(folder, 'run')}"\n`,
  )
  writeFileSync(
    containers,
    [
      '[containers]',
      'default_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]',
      '[engine]',
      'cgroup_manager = "cgroupfs"',
      'runtime = "runc"',
      'events_logger = "file"',
      '[network]',
      'network_backend = "netavark"',
      `network_config_dir = "${join(folder, 'networks')}"`,
      '',
    ].join('\n'),
  )
  return { CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage }
}
