import type { IncomingMessage, ServerResponse } from 'node:http'
import { initTRPC } from '@trpc/server'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import superjson from 'superjson'
import { productBy } from './catalogue.ts'

const t = initTRPC.create({ transformer: superjson })
const idOf = (input: unknown): number => Number((input as { id?: unknown } | null)?.id)

/** Two procedures that a page asks for in one batch, and one that changes something. */
const router = t.router({
  product: t.router({
    byId: t.procedure.input(idOf).query(({ input }) => {
      const product = productBy(input)
      return product && { ...product, since: new Date(product.since) }
    }),
    stock: t.procedure.input(idOf).query(({ input }) => ({ id: input, text: productBy(input)?.stock })),
  }),
  seen: t.procedure.input(idOf).mutation(() => true),
})

/** Answers what is under `/rpc/`. */
export async function answerTrpc(
  request: IncomingMessage,
  response: ServerResponse,
  onWrite: () => void,
): Promise<void> {
  if (request.method === 'POST') onWrite()
  const path = new URL(request.url ?? '/', 'http://site').pathname.replace('/rpc/', '')
  await nodeHTTPRequestHandler({ router, req: request, res: response, path })
}
