import { resolve } from 'node:path'
import { type ComposeFile, type ComposeService, milliseconds } from './compose-file.ts'

/** Where a container is started. */
export interface RunPlace {
  /** What the names of containers, networks and volumes begin with. */
  readonly project: string
  /** The folder of the compose file. */
  readonly folder: string
  /** What the engine needs beside that, such as limits that it would set too high. */
  readonly further: readonly string[]
}

/** The name of the container of a service, counted from 1. */
export function containerName({ project }: RunPlace, id: string, number: number): string {
  return `${project}-${id}-${number}`
}

/** The arguments of `docker run` or `podman run` that say what the compose file says of a service. */
export function runArguments(file: ComposeFile, id: string, number: number, place: RunPlace): string[] {
  const service = file.services[id]
  if (service === undefined) throw new Error(`the compose file has no service ${id}`)
  const { project } = place
  return [
    ...['run', '--detach', `--name=${containerName(place, id, number)}`, `--label=project=${project}`],
    ...[`--network=${project}`, `--network-alias=${id}`, `--restart=${service.restart}`],
    ...contained(file, service, place),
    ...service.ports.map((port) => `--publish=${port}`),
    ...health(service),
    ...place.further,
    service.image,
    ...service.command,
  ]
}

/** The arguments for one command in a container like that of a service, which is gone afterwards: `compose run --rm`. */
export function onceArguments(
  file: ComposeFile,
  id: string,
  command: readonly string[],
  place: RunPlace,
): string[] {
  const service = file.services[id]
  if (service === undefined) throw new Error(`the compose file has no service ${id}`)
  const { project } = place
  const all = contained(file, service, place)
  return ['run', '--rm', `--network=${project}`, ...all, ...place.further, service.image, ...command]
}

/** What a container of the service may see and do. */
function contained(
  { secrets }: ComposeFile,
  service: ComposeService,
  { project, folder }: RunPlace,
): string[] {
  const { user, shm_size: shared, deploy } = service
  const { memory, pids } = deploy?.resources.limits ?? {}
  return [
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(service.read_only ? ['--read-only'] : []),
    ...service.cap_drop.map((capability) => `--cap-drop=${capability}`),
    ...service.security_opt.map((option) => `--security-opt=${securityOption(option, folder)}`),
    ...service.tmpfs.map((mount) => `--tmpfs=${mount}`),
    ...service.volumes.map((mount) => `--volume=${sourceOf(mount, project, folder)}`),
    ...service.secrets.map(
      (each) => `--volume=${resolve(folder, secrets[each]?.file ?? '')}:/run/secrets/${each}:ro`,
    ),
    ...Object.entries(service.environment).map(([name, value]) => `--env=${name}=${value}`),
    ...(shared === undefined ? [] : [`--shm-size=${engineSize(shared)}`]),
    ...(memory === undefined ? [] : [`--memory=${engineSize(memory)}`]),
    ...(pids === undefined ? [] : [`--pids-limit=${pids}`]),
    `--stop-timeout=${Math.ceil(milliseconds(service.stop_grace_period) / 1_000)}`,
  ]
}

function health({ healthcheck }: ComposeService): string[] {
  if (healthcheck === undefined) return []
  const { test, interval, timeout, retries } = healthcheck
  const times = [
    `--health-interval=${interval}`,
    `--health-timeout=${timeout}`,
    `--health-retries=${retries}`,
  ]
  return [`--health-cmd=${test[1]}`, ...times]
}

function securityOption(option: string, folder: string): string {
  const profile = /^seccomp=(.+)$/.exec(option)?.[1]
  return profile === undefined ? 'no-new-privileges' : `seccomp=${resolve(folder, profile)}`
}

function sourceOf(mount: string, project: string, folder: string): string {
  const [from = '', ...rest] = mount.split(':')
  return [/^[./]/.test(from) ? resolve(folder, from) : `${project}_${from}`, ...rest].join(':')
}

/** `512mb` of a compose file is `512m` here. */
function engineSize(size: string): string {
  return size.replace(/b$/, '')
}
