import { findBrowser } from '../../src/browser/launch/find-browser.ts'
import { findOnPath } from './find-on-path.ts'

/** What nearly everything runs against. */
export const USUAL_PARTS = ['chromium', 'redis', 'openssl'] as const
/**
 * What the tests need besides: who asks the service from other languages, who watches it, who drives a browser from
 * outside, and a screen for windows with hands for them.
 */
export const PARTS = [
  ...USUAL_PARTS,
  'python3',
  'httpx',
  'curl',
  'prometheus',
  'chromedriver',
  'xvfb',
  'xdotool',
] as const
/** What tests are quicker with, and do without where it cannot be had. */
export const OPTIONAL_PARTS = ['headless-shell'] as const
/** What runs containers where there is no Docker: for `npm run test:containers` alone. */
export const CONTAINER_PARTS = ['podman', 'buildah', 'debootstrap'] as const
export const ALL_PARTS = [...PARTS, ...OPTIONAL_PARTS, ...CONTAINER_PARTS] as const
export type Part = (typeof ALL_PARTS)[number]

export interface Installer {
  readonly command: readonly string[]
  readonly timeoutMs: number
  readonly env: Record<string, string>
}

type SystemManager = 'apt-get' | 'dnf' | 'apk'

const SYSTEM_PACKAGES: Readonly<Record<Part, Readonly<Record<SystemManager, readonly string[]>>>> = {
  chromium: { 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'] },
  redis: { 'apt-get': ['redis-server'], dnf: ['redis'], apk: ['redis'] },
  openssl: { 'apt-get': ['openssl'], dnf: ['openssl'], apk: ['openssl'] },
  python3: { 'apt-get': ['python3'], dnf: ['python3'], apk: ['python3'] },
  httpx: { 'apt-get': ['python3-httpx'], dnf: ['python3-httpx'], apk: ['py3-httpx'] },
  // With a Chromium of its version, which is the one that it drives.
  chromedriver: {
    'apt-get': ['chromium', 'chromium-driver'],
    dnf: ['chromium', 'chromedriver'],
    apk: ['chromium', 'chromium-chromedriver'],
  },
  // Not in every distribution.
  'headless-shell': {
    'apt-get': ['chromium-headless-shell'],
    dnf: ['chromium-headless'],
    apk: ['chromium-headless-shell'],
  },
  curl: { 'apt-get': ['curl'], dnf: ['curl'], apk: ['curl'] },
  xvfb: { 'apt-get': ['xvfb'], dnf: ['xorg-x11-server-Xvfb'], apk: ['xvfb'] },
  xdotool: { 'apt-get': ['xdotool'], dnf: ['xdotool'], apk: ['xdotool'] },
  prometheus: {
    'apt-get': ['prometheus'],
    dnf: ['golang-github-prometheus'],
    apk: ['prometheus'],
  },
  // With what it starts containers with, and their network.
  podman: {
    'apt-get': ['podman', 'runc', 'netavark', 'aardvark-dns', 'iptables', 'catatonit'],
    dnf: ['podman', 'runc', 'netavark', 'aardvark-dns'],
    apk: ['podman', 'runc', 'netavark', 'aardvark-dns'],
  },
  buildah: { 'apt-get': ['buildah'], dnf: ['buildah'], apk: ['buildah'] },
  debootstrap: { 'apt-get': ['debootstrap'], dnf: ['debootstrap'], apk: ['debootstrap'] },
}

/** How long the host of Playwright's downloads has to answer before the system's packages are used instead. */
const PROBE_TIMEOUT_MS = 4_000
const INSTALL_TIMEOUT_MS = 5 * 60_000

/**
 * The ways to get a part here and now, best first: Playwright's own download of Chromium where its host answers, then
 * the system's package manager where this process may use it.
 */
export async function installers(part: Part): Promise<Installer[]> {
  const root = process.getuid?.() === 0
  // It has to be of the same version as the Chromium that is there.
  const download =
    part === 'headless-shell' ? (await findBrowser())?.source === 'playwright' : part === 'chromium'
  const ways: Installer[] = []
  if (download && (await downloadReachable())) {
    ways.push({
      // --with-deps installs system libraries, and asks for a password where it may not.
      command: ['npx', 'playwright', 'install', ...(root ? ['--with-deps'] : []), 'chromium'],
      timeoutMs: INSTALL_TIMEOUT_MS,
      env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
    })
  }
  const manager = systemManager()
  if (root && manager && !(download && part === 'headless-shell')) {
    ways.push({
      command: ['sh', '-c', systemCommand(part, manager)],
      timeoutMs: INSTALL_TIMEOUT_MS,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  return ways
}

/** What a person runs when none of the ways is open to this process. */
export function manualCommand(part: Part): string {
  const manager = systemManager()
  if (manager) return `sudo sh -c '${systemCommand(part, manager)}'`
  if (part === 'chromium') return 'npx playwright install --with-deps chromium'
  if (part === 'httpx') return 'python3 -m pip install httpx'
  if (process.platform === 'darwin') return `brew install ${part}`
  return part === 'redis' ? 'export REDIS_SERVER=/path/to/redis-server' : `export PATH=/path/to/${part}:$PATH`
}

/** Its two programs alone: the package would start a service, and brings the libraries of a page that nobody looks at. */
const PROMETHEUS_OF_DEBIAN = [
  'apt-get update -q',
  'cd "$(mktemp -d)"',
  'apt-get download -q prometheus',
  'dpkg -x prometheus_*.deb .',
  'install -m 755 usr/bin/prometheus usr/bin/promtool /usr/local/bin/',
  'rm -r "$PWD"',
].join(' && ')

function systemCommand(part: Part, manager: SystemManager): string {
  const packages = SYSTEM_PACKAGES[part][manager].join(' ')
  switch (manager) {
    case 'apt-get':
      if (part === 'prometheus') return PROMETHEUS_OF_DEBIAN
      return `apt-get update -q && apt-get install -qy --no-install-recommends ${packages}`
    case 'dnf':
      return `dnf install -y ${packages}`
    case 'apk':
      return `apk add ${packages}`
  }
}

function systemManager(): SystemManager | null {
  return (['apt-get', 'dnf', 'apk'] as const).find((manager) => findOnPath([manager])) ?? null
}

/** Whether Playwright's download host answers at all: a blocked one would cost minutes of its own retries. */
async function downloadReachable(): Promise<boolean> {
  if (process.env['HTTPS_PROXY'] || process.env['https_proxy']) return true // only the installer knows the proxy
  const host = process.env['PLAYWRIGHT_DOWNLOAD_HOST'] || 'https://cdn.playwright.dev'
  try {
    await fetch(host, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
    return true
  } catch {
    return false
  }
}
