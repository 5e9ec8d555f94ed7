import { Redis } from 'ioredis'
import { freePort, RedisServer } from './redis-server.ts'

/** A real cluster of three masters on the loopback interface. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[]

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  static async start(): Promise<RedisCluster> {
    const nodes = await Promise.all(
      [0, 1, 2].map(async () =>
        RedisServer.start({
          persistent: true,
          config: {
            'cluster-enabled': 'yes',
            'cluster-port': await freePort(),
            'cluster-node-timeout': 5000,
          },
        }),
      ),
    )
    const clients = nodes.map((node) => new Redis(node.url))
    const [first] = clients
    try {
      for (const [at, client] of clients.entries()) {
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
      while (!(await Promise.all(clients.map(knowsAll))).every(Boolean))
        await new Promise((resolve) => setImmediate(resolve))
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

async function knowsAll(client: Redis): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'))
  return (
    info.includes('cluster_state:ok') &&
    info.includes('cluster_known_nodes:3') &&
    info.includes('cluster_size:3')
  )
}
