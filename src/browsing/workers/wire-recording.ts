import { z } from 'zod'
import { OnejarError } from '../../core/index.ts'
import type { Recording } from '../../discovery/index.ts'

const recordingSchema = z.strictObject({
  exchanges: z.array(
    z.strictObject({
      method: z.string(),
      url: z.string(),
      kind: z.enum(['document', 'data', 'socket', 'events']),
      requester: z.enum(['page', 'frame', 'worker']),
      byServiceWorker: z.boolean(),
      requestHeaders: z.array(z.tuple([z.string(), z.string()])),
      requestBody: z.string().nullable(),
      status: z.number(),
      redirected: z.boolean(),
      mediaType: z.string(),
      link: z.string(),
      // Workers of an earlier version do not send them.
      answerHeaders: z.array(z.tuple([z.string(), z.string()])).default([]),
      body: z.string().nullable(),
      left: z.enum(['nothing', 'too-large', 'no-text', 'unread']),
    }),
  ),
  left: z.number(),
})

/** What a worker's page asked for, as it travelled. @throws OnejarError ONEJAR_BROWSER_FAILED where it is none */
export function recordingOf(bytes: Buffer): Recording {
  try {
    return recordingSchema.parse(JSON.parse(bytes.toString()))
  } catch (cause) {
    throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A worker answered with something unknown', { cause })
  }
}
