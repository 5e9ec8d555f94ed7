import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { createTable } from '../../src/dynamodb/index.ts'

/** What becomes of a request: it is passed on (null), or this is the answer. */
export type Answer = { readonly status: number; readonly body: object } | 'hang' | null

/** A dynalite (an implementation of DynamoDB's interface) of its own, with a table, behind a gate for faults. */
export class DynamodbServer {
  readonly table = 'onejar'
  /** Called with the name of each operation (`PutItem`) and what was sent. */
  onRequest: (operation: string, input: Record<string, unknown>) => Answer | Promise<Answer> = () => null
  /** Called with an answer before it is given. Null loses it: what was asked for is done, and its connection ends. */
  onAnswer: (
    operation: string,
    output: Record<string, unknown>,
  ) => Record<string, unknown> | null | Promise<Record<string, unknown>> = (_operation, output) => output
  readonly #inner: Server
  readonly #gate: Server
  readonly #clients: DynamoDBClient[] = []
  #port = 0

  private constructor() {
    this.#inner = dynalite({ createTableMs: 0 })
    this.#gate = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing))
  }

  static async start(): Promise<DynamodbServer> {
    const server = new DynamodbServer()
    await listen(server.#inner, 0)
    server.#port = await listen(server.#gate, 0)
    await createTable({ client: server.client(), table: server.table, ttl: false })
    return server
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  client(): DynamoDBClient {
    const client = new DynamoDBClient({
      endpoint: this.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'canary-secret' },
    })
    this.#clients.push(client)
    return client
  }

  /** Nobody is there any more, until `comeBack`. */
  async goAway(): Promise<void> {
    this.#gate.closeAllConnections()
    await new Promise((resolve) => this.#gate.close(resolve))
  }

  async comeBack(): Promise<void> {
    await listen(this.#gate, this.#port)
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    for (const server of [this.#gate, this.#inner]) {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    }
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const sent = Buffer.concat(chunks)
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    const answer = await this.onRequest(operation, JSON.parse(sent.toString() || '{}'))
    if (answer === 'hang') return
    const type = { 'content-type': 'application/x-amz-json-1.0' }
    if (answer !== null) {
      outgoing.writeHead(answer.status, type).end(JSON.stringify(answer.body))
      return
    }
    const { port } = this.#inner.address() as AddressInfo
    const { method, url, headers } = incoming
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      const output = JSON.parse(Buffer.concat(parts).toString() || '{}')
      const changed = response.statusCode === 200 ? await this.onAnswer(operation, output) : output
      if (changed === null) outgoing.destroy()
      else outgoing.writeHead(response.statusCode ?? 500, type).end(JSON.stringify(changed))
    })
    passed.on('error', () => outgoing.destroy())
    passed.end(sent)
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
