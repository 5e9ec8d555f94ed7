import type { Socket } from 'node:net'
import { errorReply, PROBLEM_TYPE } from './error-reply.ts'

/** By the code that Node's parser gives: anything else is a bad request. */
const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
}

/** Answers what is no HTTP request, in the form that every other error of the service has, and ends its connection. */
export function endMalformed({ code }: { readonly code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [statusCode, reason] = STATUS[code ?? ''] ?? [400, 'Bad Request']
  const message = 'What came is no HTTP request that can be read, or its head is larger than 16 KiB'
  const body = JSON.stringify(errorReply({ statusCode, message }).body)
  const head = `HTTP/1.1 ${statusCode} ${reason}\r\nContent-Type: ${PROBLEM_TYPE}\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
