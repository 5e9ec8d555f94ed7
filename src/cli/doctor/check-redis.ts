import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { redisPassword } from '../../core/index.ts'
import type { Finding } from './finding.ts'
import { runVersion } from './run-version.ts'

const CONNECT_TIMEOUT_MS = 5_000

/** The redis-server on this machine: needed to share sessions between machines, and for the tests. */
export async function checkRedisBinary(): Promise<Finding> {
  const part = 'Redis'
  const file = await findServer()
  const version = file === null ? null : ((await runVersion(file))?.match(/\d+\.\d+[.\d]*/)?.[0] ?? null)
  if (file === null || version === null) {
    return {
      part,
      state: 'note',
      found: file === null ? 'there is no redis-server on this machine' : `${file} does not start`,
      fix: 'only needed to share sessions between machines: apt-get install -y redis-server',
      facts: { path: file },
    }
  }
  return { part, state: 'ok', found: `${version} (${file})`, facts: { path: file, version } }
}

/** The server behind a `redis://` URL: whether it answers, and whether it is set up to keep sessions. */
export async function checkRedisServer(target: string): Promise<Finding[]> {
  const part = 'Store'
  const where = safeTarget(target)
  if (where === null) {
    return [
      { part, state: 'wrong', found: 'the redis URL cannot be parsed', fix: 'redis://HOST[:PORT][/DB]' },
    ]
  }
  // Any node of a cluster can answer these questions.
  const [node] = target.replace(/^(rediss?)-cluster:/, '$1:').split(',')
  const password = redisPassword()
  const client = new Redis(node!, {
    ...(password === undefined ? {} : { password }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let problem = ''
  client.on('error', (error: Error) => {
    problem ||= (error as NodeJS.ErrnoException).code ?? ''
  })
  try {
    await client.connect()
    const startedAt = performance.now()
    await client.ping()
    const ms = performance.now() - startedAt
    const info = parseInfo(await client.info())
    const { redis_version: version = 'unknown', maxmemory_policy: policy = '' } = info
    const facts = { where, version, pingMs: Number(ms.toFixed(2)), maxmemoryPolicy: policy }
    const findings: Finding[] = [
      { part, state: 'ok', found: `Redis ${version} at ${where} answers in ${ms.toFixed(1)} ms`, facts },
    ]
    if (info['maxmemory'] !== '0' && !/^(noeviction|volatile-)/.test(policy)) {
      findings.push({
        part,
        state: 'note',
        found: `Redis may drop sessions when its memory is full (maxmemory-policy ${policy})`,
        fix: 'redis-cli config set maxmemory-policy noeviction',
      })
    }
    return findings
  } catch (error) {
    const why = problem || (error as Error).message.split(/[\n'"]/)[0]
    const fix = /NOAUTH|WRONGPASS/.test(why ?? '')
      ? 'put the password into the URL: redis://:PASSWORD@HOST'
      : 'start the server, or correct the URL and let the network pass'
    return [
      { part, state: 'wrong', found: `Redis at ${where} does not answer (${why})`, fix, facts: { where } },
    ]
  } finally {
    client.disconnect()
  }
}

async function findServer(): Promise<string | null> {
  const { REDIS_SERVER: chosen, PATH = '' } = process.env
  const names = ['redis-server', 'valkey-server']
  const files = chosen
    ? [chosen]
    : names.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)))
  for (const file of files) {
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return file
  }
  return null
}

/** Host and port, without the credentials; null when it is no such URL. */
function safeTarget(target: string): string | null {
  const found = /^rediss?(?:-cluster)?:\/\/(?:[^@/]*@)?([^@/?#]+)/.exec(target)
  return found?.[1] ?? null
}

function parseInfo(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    }),
  )
}
