import { Cluster, type Redis } from 'ioredis'
import type { StoreVersion } from '../port.ts'
import type { RedisConnection } from './redis-connection.ts'

type Listener = (version: StoreVersion | null) => void

/**
 * Hears what other instances publish: over a second connection, or over the sharded subscribers of a cluster. After a
 * connection was lost every listener is notified that it may have missed something.
 */
export class RedisWatch {
  readonly #connection: RedisConnection
  readonly #instance: string
  readonly #listeners = new Map<string, Set<Listener>>()
  #subscriber: Redis | Cluster | undefined
  #opening: Promise<Redis | Cluster> | undefined

  constructor(connection: RedisConnection, instance: string) {
    this.#connection = connection
    this.#instance = instance
  }

  /**
   * @returns what ends it
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE
   */
  async add(channel: string, listener: Listener): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(channel, listeners)
    const end = async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      await this.#connection.within(this.#unsubscribe(channel)).catch(() => {})
    }
    try {
      await this.#connection.run(() => this.#subscribe([channel]))
      return end
    } catch (error) {
      await end()
      throw error
    }
  }

  has(channel: string): boolean {
    return this.#listeners.has(channel)
  }

  close(): void {
    this.#listeners.clear()
    if (this.#subscriber !== this.#connection.client) this.#subscriber?.disconnect()
    this.#subscriber = undefined
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    const subscriber = await this.#open()
    if (subscriber instanceof Cluster) for (const channel of channels) await subscriber.ssubscribe(channel)
    else await subscriber.subscribe(...channels)
  }

  async #unsubscribe(channel: string): Promise<void> {
    const subscriber = this.#subscriber
    if (subscriber instanceof Cluster) await subscriber.sunsubscribe(channel)
    else if (subscriber?.status === 'ready') await subscriber.unsubscribe(channel)
  }

  #open(): Promise<Redis | Cluster> {
    this.#opening ??= this.#connect().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #connect(): Promise<Redis | Cluster> {
    const { client } = this.#connection
    if (client instanceof Cluster) {
      client.on('smessage', (channel: string, message: string) => this.#hear(channel, message))
      for (const event of ['subscribersReady', '+subscriber', 'ready']) client.on(event, () => this.#missed())
      this.#subscriber = client
      return client
    }
    const subscriber = this.#connection.duplicate()
    this.#subscriber = subscriber
    subscriber.on('message', (channel: string, message: string) => this.#hear(channel, message))
    try {
      await subscriber.connect()
    } catch (error) {
      subscriber.disconnect()
      throw error
    }
    subscriber.on('ready', () => void this.#resubscribe())
    return subscriber
  }

  async #resubscribe(): Promise<void> {
    const channels = [...this.#listeners.keys()]
    if (channels.length === 0) return
    try {
      await this.#subscribe(channels)
      this.#missed()
    } catch {
      // The connection was lost again; the next one does it.
    }
  }

  #hear(channel: string, message: string): void {
    const [version = '', instance] = message.split(' ')
    if (instance === this.#instance) return
    for (const listener of this.#listeners.get(channel) ?? []) listener(version)
  }

  #missed(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null)
  }
}
