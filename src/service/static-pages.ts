import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** What the routes of pages say of themselves: `callerOf` does not look at them, they know who they are for. */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** For a person's browser, which shows no token of the service. */
    readonly forPerson?: true
  }
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

/** A file of `src/service/pages`. */
export type PageFile = `${string}.${keyof typeof TYPES}`

/**
 * What every page of the service is sent with: nothing runs in it, and nothing is loaded, but what the service itself sends; no
 * other site shows it in a frame, learns where it was left from, or shares a process with it.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
    ...[
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ],
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  'cache-control': 'no-store',
}

const read = new Map<PageFile, Buffer>()

/** Answers with a file of the pages. It is read once. */
export function sendPage(reply: FastifyReply, file: PageFile, status = 200): FastifyReply {
  // The build puts this code into another folder beside `service`.
  const content = read.get(file) ?? readFileSync(new URL(`../service/pages/${file}`, import.meta.url))
  read.set(file, content)
  const type = TYPES[file.slice(file.lastIndexOf('.') + 1) as keyof typeof TYPES]
  return reply.code(status).headers(PAGE_HEADERS).type(type).send(content)
}

/** Adds what pages load, under `/pages/`: these files and no others. */
export function addPageFiles(app: FastifyInstance, files: readonly PageFile[]): void {
  for (const file of files) {
    app.get(`/pages/${file}`, { config: { forPerson: true } }, (_request, reply) => sendPage(reply, file))
  }
}
