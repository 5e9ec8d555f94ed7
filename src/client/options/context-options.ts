import { z } from 'zod'

const pixels = z.number().int().min(1).max(16_384)
const size = z.strictObject({ width: pixels, height: pixels })
const folder = z.string().min(1)

/** How the browser contexts of sessions are made; see `ContextSettings` of `browser/`. */
export const contextOptionsSchema = z.strictObject({
  locale: z.string().max(64).refine(isLocale, 'expected a language tag, as de-DE').optional(),
  timezoneId: z.string().max(64).refine(isTimeZone, 'expected a time zone, as Europe/Berlin').optional(),
  viewport: size.nullable().optional(),
  screen: size.optional(),
  deviceScaleFactor: z.number().positive().max(10).optional(),
  isMobile: z.boolean().optional(),
  hasTouch: z.boolean().optional(),
  colorScheme: z.enum(['light', 'dark', 'no-preference']).optional(),
  reducedMotion: z.enum(['reduce', 'no-preference']).optional(),
  permissions: z.array(z.string().min(1).max(64)).max(64).optional(),
  geolocation: z
    .strictObject({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracy: z.number().min(0).optional(),
    })
    .optional(),
  recordHar: z
    .strictObject({
      dir: folder,
      content: z.enum(['omit', 'embed', 'attach']).optional(),
      mode: z.enum(['full', 'minimal']).optional(),
    })
    .optional(),
  recordVideo: z.strictObject({ dir: folder, size: size.optional() }).optional(),
})

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false
  }
}
