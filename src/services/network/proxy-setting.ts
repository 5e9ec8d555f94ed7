import { z } from 'zod'

const proxyUrl = z
  .string()
  .refine(
    (text) => /^(https?|socks5?):\/\//i.test(text) && URL.canParse(text),
    'expected an http:, https: or socks5: URL',
  )
  .refine(
    (text) => /^[^:]*:\/\/[^/?#\\]*\/?\s*$/.test(text),
    'expected nothing after the host and the port: a proxy has no path',
  )

/** A proxy: a URL, or the server and its credentials apart. */
export const proxySchema = z.union([
  proxyUrl,
  z.strictObject({
    server: proxyUrl,
    username: z.string().optional(),
    password: z.string().optional(),
  }),
])

/** A proxy: an `http:`, `https:` or `socks5:` URL, or its `server` URL with `username` and `password` apart. */
export type ProxySetting = z.output<typeof proxySchema>
