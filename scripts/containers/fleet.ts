import { readFileSync } from 'node:fs'
import { type ComposeFile, readCompose, startOrder } from './compose-file.ts'
import type { Engine, Inspected } from './engine.ts'
import { containerName, onceArguments, type RunPlace, runArguments } from './run-arguments.ts'
import { until } from './until.ts'

/** The containers of a compose file, run by this script: `up`, `scale`, `stop` and `down` of a compose. */
export class Fleet {
  readonly file: ComposeFile
  /** What was to be read of containers that were taken away since. */
  readonly past: string[] = []
  readonly #engine: Engine
  readonly #place: RunPlace
  /** Names of the containers by service. */
  readonly #running = new Map<string, string[]>()

  constructor(engine: Engine, file: ComposeFile, folder: string, project: string) {
    this.#engine = engine
    this.file = file
    this.#place = { project, folder, further: engine.further }
  }

  static read(path: string, env: Readonly<Record<string, string | undefined>>): ComposeFile {
    return readCompose(readFileSync(path, 'utf8'), env)
  }

  /** The names of the containers of a service, or of all. */
  names(service?: string): string[] {
    return service === undefined
      ? [...this.#running.values()].flat()
      : [...(this.#running.get(service) ?? [])]
  }

  inspect(name: string): Promise<Inspected> {
    return this.#engine.inspect(name)
  }

  /** The address of a container in the network of the fleet. */
  async addressOf(name: string): Promise<string> {
    const { NetworkSettings } = await this.inspect(name)
    return NetworkSettings.Networks[this.#place.project]?.IPAddress ?? ''
  }

  /** Makes the network, and returns the address that this machine has in it. */
  static async connect(engine: Engine, project: string): Promise<string> {
    await engine.ask('network', 'create', `--label=project=${project}`, project)
    const [network] = JSON.parse(await engine.ask('network', 'inspect', project)) as [
      { subnets?: { gateway: string }[]; IPAM?: { Config: { Gateway: string }[] } },
    ]
    const gateway = network.subnets?.[0]?.gateway ?? network.IPAM?.Config[0]?.Gateway
    if (gateway === undefined) throw new Error('the network has no gateway')
    if (engine.name === 'podman') {
      // Its bridge gets the address with the first container, which has to stay until there are others.
      const args = [
        'run',
        '--detach',
        `--name=${project}-anchor`,
        `--label=project=${project}`,
        `--network=${project}`,
      ]
      await engine.ask(...args, 'debian:bookworm-slim', 'sleep', 'infinity')
    }
    return gateway
  }

  /** Starts the services, each when those that it depends on are healthy. */
  async up(profiles: readonly string[], leftOut: readonly string[]): Promise<void> {
    for (const id of startOrder(this.file, profiles)) {
      if (leftOut.includes(id)) continue
      for (const needed of Object.keys(this.file.services[id]?.depends_on ?? {}))
        await this.untilHealthy(needed)
      await this.scale(id, this.file.services[id]?.deploy?.replicas ?? 1)
    }
  }

  /** Starts more containers of a service. */
  async scale(id: string, count: number): Promise<void> {
    const names = this.#running.get(id) ?? []
    this.#running.set(id, names)
    for (let number = 1; number <= count; number++) {
      const name = containerName(this.#place, id, number)
      if (names.includes(name)) continue
      await this.#engine.ask(...runArguments(this.file, id, number, this.#place))
      names.push(name)
    }
  }

  /** Waits until each container of a service is well by its own check. */
  async untilHealthy(id: string): Promise<void> {
    for (const name of this.names(id))
      await until(`${name} is healthy`, 90_000, () => this.#engine.isHealthy(name))
  }

  /** Ends a container as `compose stop` does, within its `stop_grace_period`. */
  async stop(name: string): Promise<{ readonly code: number; readonly ms: number }> {
    const startedAt = performance.now()
    await this.#engine.ask('stop', name)
    const ms = Math.round(performance.now() - startedAt)
    return { code: (await this.inspect(name)).State.ExitCode, ms }
  }

  async start(name: string): Promise<void> {
    await this.#engine.ask('start', name)
  }

  /** Takes a stopped container away. */
  async remove(name: string): Promise<void> {
    this.past.push(await this.shown(name))
    await this.#engine.ask('rm', name)
    for (const [id, names] of this.#running)
      this.#running.set(
        id,
        names.filter((one) => one !== name),
      )
  }

  /** Kills the main process of a container, as the kernel does when memory runs out. */
  async crash(name: string): Promise<void> {
    process.kill((await this.inspect(name)).State.Pid, 'SIGKILL')
  }

  /** What a command in a container prints. */
  async exec(name: string, ...command: readonly string[]): Promise<string> {
    const { code, out, err } = await this.#engine.try('exec', name, ...command)
    return code === 0 ? out.trim() : `exit code ${code}: ${(out + err).trim()}`
  }

  /** Runs one command in a container like that of a service. */
  once(id: string, ...command: readonly string[]) {
    return this.#engine.try(...onceArguments(this.file, id, command, this.#place))
  }

  /** Everything that an operator can read of a container without being in it. */
  async shown(name: string): Promise<string> {
    const parts = await Promise.all([
      this.#engine.try('logs', name),
      this.#engine.try('inspect', name),
      this.#engine.try('top', name),
    ])
    return parts.map(({ out, err }) => out + err).join('\n')
  }

  /** Takes away what a run made: containers, network, volumes. */
  static async clear(engine: Engine, project: string): Promise<void> {
    const filter = `label=project=${project}`
    const containers = (await engine.ask('ps', '--all', '--quiet', '--filter', filter))
      .split('\n')
      .filter(Boolean)
    if (containers.length > 0) await engine.ask('rm', '--force', '--volumes', ...containers)
    await engine.try('network', 'rm', project)
    const volumes = (await engine.ask('volume', 'ls', '--quiet')).split('\n')
    const own = volumes.filter((name) => name.startsWith(`${project}_`))
    if (own.length > 0) await engine.ask('volume', 'rm', ...own)
  }
}
