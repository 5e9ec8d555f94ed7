import { z } from 'zod'

const pair = z.object({ name: z.string(), value: z.string() })
const size = z.number().int().min(-1)

/** What the HAR 1.2 specification requires of a file; members with an underscore are anybody's own. */
const harSchema = z.object({
  log: z.object({
    version: z.literal('1.2'),
    creator: z.object({ name: z.string(), version: z.string() }),
    entries: z.array(
      z.object({
        startedDateTime: z.iso.datetime(),
        time: z.number().min(0),
        request: z.object({
          method: z.string(),
          url: z.url(),
          httpVersion: z.string(),
          cookies: z.array(pair),
          headers: z.array(pair),
          queryString: z.array(pair),
          postData: z.object({ mimeType: z.string(), text: z.string() }).optional(),
          headersSize: size,
          bodySize: size,
        }),
        response: z.object({
          status: z.number().int(),
          statusText: z.string(),
          httpVersion: z.string(),
          cookies: z.array(pair),
          headers: z.array(pair),
          content: z.object({ size, mimeType: z.string(), text: z.string().optional() }),
          redirectURL: z.string(),
          headersSize: size,
          bodySize: size,
        }),
        cache: z.object({}),
        timings: z.object({ send: z.number().min(0), wait: z.number().min(0), receive: z.number().min(0) }),
        comment: z.string().optional(),
        _transport: z.string(),
      }),
    ),
  }),
})

/** A file that has the shape of HAR 1.2. @throws ZodError */
export function assertHar(file: unknown): z.output<typeof harSchema> {
  return harSchema.parse(file)
}
