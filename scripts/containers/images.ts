import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findOnPath } from '../lib/find-on-path.ts'
import { type Engine, INSTALL, run } from './engine.ts'
import type { Results } from './results.ts'

const BASE = 'docker.io/library/debian:bookworm-slim'
/** Certificate authorities of this machine, which a proxy on the way to the registries may need. */
const AUTHORITIES = '/usr/local/share/ca-certificates'
const PULL_MS = 30_000

/** What stands in for an image of others where no registry can be reached: the same program, from Debian, set up alike. */
const STAND_INS: Readonly<Record<string, string>> = {
  redis: [
    'RUN apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/* \\',
    '  && groupadd --gid 999 server && useradd --uid 999 --gid 999 --home-dir /data server \\',
    '  && install -d -o 999 -g 999 /data',
    'VOLUME /data',
    'WORKDIR /data',
  ].join('\n'),
  'prom/prometheus': [
    'RUN apt-get update && apt-get install -y --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* \\',
    '  && rm -rf /etc/prometheus && install -d -o nobody -g nogroup /prometheus /etc/prometheus',
    'VOLUME /prometheus',
    'WORKDIR /prometheus',
    'USER nobody',
    'ENTRYPOINT ["/usr/bin/prometheus"]',
  ].join('\n'),
}

/** Brings the images of the compose file: pulled where a registry answers, else made from a Debian of debootstrap. */
export class Images {
  readonly #engine: Engine
  readonly #folder: string
  readonly #results: Results
  readonly #asked: string[] = []

  constructor(engine: Engine, folder: string, results: Results) {
    this.#engine = engine
    this.#folder = folder
    this.#results = results
  }

  /** What the Dockerfile begins with. @throws Error that says what is missing */
  async base(): Promise<void> {
    if (await this.#has(BASE)) return
    if (await this.#pull(BASE)) return
    if (!findOnPath(['debootstrap'])) {
      throw new Error(
        `no registry of images can be reached, and debootstrap is missing. Install it with:\n\n    ${INSTALL}`,
      )
    }
    const archive = join(this.#folder, 'bookworm.tar')
    if (!existsSync(archive)) await this.#bootstrap(archive)
    await this.#engine.ask('import', archive, BASE)
    writeFileSync(this.#mark(BASE), '')
  }

  /** An image of others. Returns false where there is neither it nor a stand-in. */
  async foreign(image: string): Promise<boolean> {
    const full = /^[\w.-]+\.[\w.-]+\//.test(image)
      ? image
      : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`
    const [name = ''] = image.split(':')
    this.#asked.push(full)
    if ((await this.#has(full)) || (await this.#pull(full))) return true
    const recipe = STAND_INS[name]
    if (recipe === undefined) return false
    const context = join(this.#folder, 'stand-ins', name.replace('/', '-'))
    mkdirSync(context, { recursive: true })
    writeFileSync(join(context, 'Dockerfile'), `FROM ${BASE}\n${recipe}\n`)
    await this.#engine.buildImage(full, join(context, 'Dockerfile'), context)
    writeFileSync(this.#mark(full), '')
    return true
  }

  /** Says which images were not those of the compose file. */
  report(): void {
    for (const image of [BASE, ...this.#asked]) {
      if (existsSync(this.#mark(image)))
        this.#results.notRun(
          `the image ${image} of a registry`,
          'none can be reached: one was made from packages of Debian',
        )
    }
  }

  async #has(image: string): Promise<boolean> {
    return (await this.#engine.try('image', 'inspect', image)).code === 0
  }

  async #pull(image: string): Promise<boolean> {
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PULL_MS).unref())
    const pulled = this.#engine.try('pull', '--quiet', image).then(({ code }) => code === 0)
    return Promise.race([pulled, late])
  }

  /** The file that says that an image was made here. */
  #mark(image: string): string {
    return join(this.#folder, `made-${image.replaceAll(/[^\w.-]/g, '_')}`)
  }

  async #bootstrap(archive: string): Promise<void> {
    const root = join(this.#folder, 'bookworm')
    await rm(root, { recursive: true, force: true })
    const made = await run('debootstrap', ['--variant=minbase', 'bookworm', root], process.env, true)
    process.stderr.write('\n')
    if (made.code !== 0)
      throw new Error(`debootstrap failed: ${made.out.slice(-1_000)}${made.err.slice(-1_000)}`)
    const authorities = existsSync(AUTHORITIES) ? readdirSync(AUTHORITIES) : []
    for (const file of authorities)
      await cp(join(AUTHORITIES, file), join(root, AUTHORITIES, file), { recursive: true })
    const packed = await run('tar', ['--directory', root, '--create', '--file', `${archive}.new`, '.'])
    if (packed.code !== 0) throw new Error(`tar failed: ${packed.err}`)
    await rename(`${archive}.new`, archive)
    await rm(root, { recursive: true, force: true })
  }
}
