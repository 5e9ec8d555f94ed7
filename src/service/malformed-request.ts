import type { Socket } from 'node:net'

/** By the code that Node's parser gives: anything else is a bad request. */
const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Answers what is no HTTP request, in the shape that every other error of the service has, and ends its connection. */
export function endMalformed({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const error = { code: 'MALFORMED_REQUEST', message: 'What came is no HTTP request that can be read' }
  const body = JSON.stringify({ error })
  const head = `HTTP/1.1 ${STATUS[code ?? ''] ?? '400 Bad Request'}\r\nContent-Type: application/json; charset=utf-8\r\n`
  socket.end(`${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
}
