import { Redis } from 'ioredis'
import { freePort, RedisServer } from './redis-server.ts'

export interface RedisClusterOptions {
  /** Whether each master has a replica that takes its place. Default: false. */
  readonly replicas?: boolean
  /** How long a node may be silent before the others act. Default: 5,000. */
  readonly nodeTimeoutMs?: number
}

/** A real cluster of three masters on the loopback interface. */
export class RedisCluster {
  /** The masters, in the order of their slots, and then the replica of each. */
  readonly nodes: readonly RedisServer[]

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const size = options.replicas ? 6 : 3
    const nodes = await Promise.all(
      Array.from({ length: size }, async () =>
        RedisServer.start({
          persistent: true,
          config: {
            'cluster-enabled': 'yes',
            'cluster-port': await freePort(),
            'cluster-node-timeout': options.nodeTimeoutMs ?? 5000,
            'repl-diskless-sync-delay': 0,
          },
        }),
      ),
    )
    const clients = nodes.map((node) => new Redis(node.url))
    const [first] = clients
    const all = async (check: (client: Redis) => Promise<boolean>) => {
      while (!(await Promise.all(clients.map(check))).every(Boolean))
        await new Promise((resolve) => setImmediate(resolve))
    }
    try {
      for (const [at, client] of clients.slice(0, 3).entries()) {
        await client.call(
          'CLUSTER',
          'ADDSLOTSRANGE',
          Math.ceil((16_384 * at) / 3),
          Math.ceil((16_384 * (at + 1)) / 3) - 1,
        )
      }
      for (const node of nodes.slice(1)) {
        await first!.call('CLUSTER', 'MEET', '127.0.0.1', node.port, node.options.config!['cluster-port']!)
      }
      await all((client) => knowsAll(client, size))
      for (const [at, client] of clients.slice(3).entries()) {
        await client.call('CLUSTER', 'REPLICATE', String(await clients[at]!.call('CLUSTER', 'MYID')))
      }
      const follows = async (client: Redis) => (await client.info('replication')).includes('link_status:up')
      await all(async (client) => clients.indexOf(client) < 3 || (await follows(client)))
    } finally {
      for (const client of clients) client.disconnect()
    }
    return new RedisCluster(nodes)
  }

  get url(): string {
    return `redis-cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }
}

async function knowsAll(client: Redis, size: number): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'))
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_known_nodes:${size}`) &&
    info.includes('cluster_size:3')
  )
}
