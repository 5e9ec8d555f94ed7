/**
 * Builds the image and runs `docker/compose.yaml` with what engine there is, breaks it, and says what was seen and what could not be
 * looked at here: `node scripts/test-containers.ts [--fresh] [--keep]`. Installs nothing.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Engine, findEngine, INSTALL } from './containers/engine.ts'
import { Fleet } from './containers/fleet.ts'
import { HeldShop } from './containers/held-shop.ts'
import { Images } from './containers/images.ts'
import { checkInside } from './containers/inside.ts'
import { checkAudit, checkPrometheus, checkProvisioning, Leaks } from './containers/observers.ts'
import { Results } from './containers/results.ts'
import { crawl, drain, killWorker, restartStore, scaleUp, stopAll } from './containers/scenario.ts'
import { ServiceClient } from './containers/service-client.ts'
import { until } from './containers/until.ts'

const { values } = parseArgs({
  options: { fresh: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
})
const PROJECT = 'onejar-test'
/** Base, images and layers are kept here for the next run. */
const CACHE = '/var/tmp/onejar-containers'
const ITEMS = 60
const SESSIONS = ['crawl-1', 'crawl-2', 'crawl-3']
const WORKERS = 5

const root = fileURLToPath(new URL('..', import.meta.url))
const docker = join(root, 'docker')
const startedAt = performance.now()
const say = (line: string) =>
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`)
const results = new Results(say)

const engine = await findEngine(CACHE)
if (engine === null) {
  process.stderr.write(
    `test-containers: there is neither a Docker daemon, nor podman with buildah and runc. Install them with:\n\n    ${INSTALL}\n\nand run the same command again.\n`,
  )
  process.exit(1)
}
say(
  `engine: ${engine.title}; docker/compose.yaml is read by this script, which refuses a key that it does not know`,
)
await Fleet.clear(engine, PROJECT)
if (values.fresh) await forget(engine)

const secrets = {
  keys: randomBytes(32).toString('base64'),
  token: randomBytes(24).toString('hex'),
  'redis-password': randomBytes(24).toString('hex'),
  'grafana-password': randomBytes(24).toString('hex'),
}
const folder = mkdtempSync(join(tmpdir(), 'onejar-containers-'))
try {
  await build(engine)
  await runAll(engine)
} catch (error) {
  results.check('the run came to its end', false, error instanceof Error ? error.message : String(error))
} finally {
  if (!values.keep) await Fleet.clear(engine, PROJECT)
  rmSync(folder, { recursive: true, force: true })
}
if (engine.name === 'podman') {
  results.notRun(
    'docker compose itself',
    'there is no Docker daemon: its file was read, and each service started by podman run',
  )
  results.notRun(
    'podman-compose',
    'its versions 1.0 pass over stop_grace_period and the limit of processes, so it would not be this file',
  )
  results.notRun(
    'health checks at their intervals',
    'podman has systemd for that, which is not here: this script asked for each check',
  )
}
process.stdout.write(`\n${results.table()}\n`)
process.exitCode = results.failed === 0 ? 0 : 1

async function build(on: Engine): Promise<void> {
  const images = new Images(on, CACHE, results)
  await images.base()
  const before = performance.now()
  await on.buildImage('onejar', join(docker, 'Dockerfile'), root)
  const bytes = Number(await on.ask('image', 'inspect', '--format', '{{.Size}}', 'onejar'))
  const seconds = ((performance.now() - before) / 1_000).toFixed(0)
  results.check('docker/Dockerfile builds', bytes > 0, `${(bytes / 2 ** 20).toFixed(0)} MiB in ${seconds} s`)
  for (const image of [redisImage(), prometheusImage()]) await images.foreign(image)
  if (!(await images.foreign(serviceImage('grafana'))))
    results.notRun('Grafana', 'no registry can be reached, and Debian has no package of it')
  images.report()
}

function serviceImage(id: string): string {
  const image = Fleet.read(join(docker, 'compose.yaml'), {}).services[id]?.image
  if (image === undefined) throw new Error(`the compose file has no service ${id}`)
  return image
}

function redisImage(): string {
  return serviceImage('redis')
}

function prometheusImage(): string {
  return serviceImage('prometheus')
}

async function runAll(on: Engine): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    writeFileSync(join(folder, name), value)
    chmodSync(join(folder, name), 0o644)
  }
  const gateway = await Fleet.connect(on, PROJECT)
  await using shop = await HeldShop.start(gateway, ITEMS)
  const [port, prometheusPort] = [await freePort(), await freePort()]
  const file = Fleet.read(join(docker, 'compose.yaml'), {
    ONEJAR_SECRETS: folder,
    ONEJAR_PORT: String(port),
    PROMETHEUS_PORT: String(prometheusPort),
    ONEJAR_ALLOW_ADDRESS: shop.origin.replace('http://', '').replace(':', '/32:'),
  })
  const fleet = new Fleet(on, file, docker, PROJECT)
  const service = new ServiceClient(`http://127.0.0.1:${port}`, secrets.token)
  const scene = { fleet, shop, service, results, items: ITEMS }
  const { 'grafana-password': _unused, ...looked } = secrets
  const leaks = new Leaks(looked)

  await fleet.up(['monitoring'], ['grafana'])
  for (const id of ['redis', 'service', 'worker']) await fleet.untilHealthy(id)
  await until('the service answers', 60_000, () => service.isWell())
  results.check(
    'Redis, the service and three workers are healthy',
    fleet.names('worker').length === 3,
    fleet.names().join(', '),
  )
  await checkInside(fleet, results)
  await crawl(scene, SESSIONS)
  await killWorker(scene)
  await scaleUp(scene, WORKERS)
  await checkPrometheus(fleet, `http://127.0.0.1:${prometheusPort}`, WORKERS, results)
  checkProvisioning(docker, results)
  await leaks.look(fleet)
  await drain(scene)
  await restartStore(scene, SESSIONS)
  await checkAudit(fleet, results)
  await leaks.look(fleet)
  await stopAll(scene)
  await leaks.lookAtLogs(fleet)
  leaks.report(results)
}

/** Base, images and layers of earlier runs. */
async function forget(on: Engine): Promise<void> {
  // Docker's images are those of others as well.
  if (on.name !== 'podman') return
  await on.try('rmi', '--all', '--force')
  rmSync(CACHE, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true, mode: 0o700 })
  await findEngine(CACHE)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
