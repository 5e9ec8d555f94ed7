import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { addPageFiles, sendPage } from '../static-pages.ts'
import type { HandOver } from './hand-over.ts'
import { openLiveSockets } from './live-sockets.ts'
import { isOwnOrigin } from './own-origin.ts'
import type { WaitingPages } from './waiting-pages.ts'

export interface PersonRoutesOptions {
  readonly waiting: WaitingPages
  /** Where browsers reach the service. Default: where they say that they do. */
  readonly publicUrl: URL | undefined
}

const COOKIE = 'onejar-by-hand'
const claimSchema = z.strictObject({ token: z.string().max(128).optional() })

/** Adds what a person's browser asks for: the page of a link, the exchange of its token, and what is live in it. */
export function addPersonRoutes(app: FastifyInstance, { waiting, publicUrl }: PersonRoutesOptions): void {
  const prefix = publicUrl?.pathname.replace(/\/$/, '') ?? ''
  const isSecure = publicUrl?.protocol === 'https:'
  addPageFiles(app, ['by-hand.css', 'by-hand.js', 'hands.js', 'icon.svg'])

  app.get<{ Params: { id: string } }>('/by-hand/:id', { config: { forPerson: true } }, ({ params }, reply) =>
    waiting.find(params.id) === undefined
      ? sendPage(reply, 'gone.html', 410)
      : sendPage(reply, 'by-hand.html'),
  )
  app.post<{ Params: { id: string } }>(
    '/by-hand/:id/claim',
    { config: { forPerson: true }, bodyLimit: 1024 },
    (request, reply) => {
      const handOver = waiting.find(request.params.id)
      const body = claimSchema.safeParse(request.body)
      if (!handOver || !body.success || !isOwnOrigin(request.headers, publicUrl)) return refuse(reply)
      const { token } = body.data
      const cookie = token === undefined ? null : handOver.claim(token)
      // A page that is loaded again has no token any more, and the cookie.
      if (cookie === null && !handOver.admits(cookieOf(request.headers))) return refuse(reply)
      if (cookie !== null) {
        const path = `${prefix}/by-hand/${handOver.id}`
        const seconds = Math.ceil(handOver.leftMs / 1_000)
        const life = `Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
        reply.header('set-cookie', `${COOKIE}=${cookie}; ${life}`)
      }
      return reply.code(204).send()
    },
  )

  const admitted = (id: string, headers: FastifyRequest['headers']): HandOver | undefined => {
    const handOver = waiting.find(id)
    return isOwnOrigin(headers, publicUrl) && handOver?.admits(cookieOf(headers)) ? handOver : undefined
  }
  const live = openLiveSockets(app.server, admitted)
  waiting.onUse = (used) => live.listen(used)
  app.addHook('preClose', async () => {
    waiting.close()
    live.close()
  })
}

/** The same for a link that is used, over, forged, or another browser's: nobody learns which. */
function refuse(reply: FastifyReply): FastifyReply {
  return reply.code(410).type('application/json; charset=utf-8').send('{"code":"LINK_GONE"}')
}

function cookieOf({ cookie = '' }: FastifyRequest['headers']): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}
