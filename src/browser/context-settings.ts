import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright'
import { makeFolder } from '../core/index.ts'

/** A size in CSS pixels. */
export interface PixelSize {
  /** 1 to 16,384. */
  width: number
  /** 1 to 16,384. */
  height: number
}

/** How the browser contexts of a session are made. Each keeps to it, also the one that replaces another. */
export interface ContextSettings {
  /**
   * The language of the pages, as `de-DE`: of their scripts and of what they request; and of requests over HTTP, unless `identity`
   * chooses other languages. Default: the browser's.
   */
  locale?: string | undefined
  /** The time zone of the pages, as `Europe/Berlin`. Default: this machine's. */
  timezoneId?: string | undefined
  /** The size of each page; `null` for that of the window. Default: 1280 × 720. */
  viewport?: PixelSize | null | undefined
  /** The size of the screen that pages see. Default: that of the viewport. */
  screen?: PixelSize | undefined
  /** Pixels of the device in a CSS pixel. Default: 1. */
  deviceScaleFactor?: number | undefined
  /** Whether pages are laid out as on a phone. Default: false. */
  isMobile?: boolean | undefined
  /** Whether there are touch events. Default: false. */
  hasTouch?: boolean | undefined
  /** `prefers-color-scheme`. Default: `light`. */
  colorScheme?: 'light' | 'dark' | 'no-preference' | undefined
  /** `prefers-reduced-motion`. Default: `no-preference`. */
  reducedMotion?: 'reduce' | 'no-preference' | undefined
  /** What pages may do without asking, as Playwright names it: `geolocation`, `notifications`, … Default: nothing. */
  permissions?: string[] | undefined
  /** Where the device is, in degrees, and how well that is known, in metres. Pages may ask with the permission `geolocation`. */
  geolocation?: { latitude: number; longitude: number; accuracy?: number | undefined } | undefined
  /**
   * Keeps a HAR of each context in this folder, written when the context is closed. A file is named for the session (a keyed hash),
   * the time and a number. It holds the secrets of the session. Default: none.
   */
  recordHar?:
    | {
        dir: string
        content?: 'omit' | 'embed' | 'attach' | undefined
        mode?: 'full' | 'minimal' | undefined
      }
    | undefined
  /** Keeps a video of each page in this folder, as Playwright names it, written when the page is closed. Default: none. */
  recordVideo?: { dir: string; size?: PixelSize | undefined } | undefined
}

/** Whose contexts are recorded. */
export interface Recorded {
  /** What the files are named for. */
  readonly name: string
  /** The how manyth context it is. */
  readonly count: number
}

const startedAt = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')

/**
 * The settings as Playwright takes them.
 *
 * @param recorded - null for a context of which nothing is recorded
 */
export function contextSettings(
  { recordHar, recordVideo, ...settings }: ContextSettings,
  recorded: Recorded | null,
): BrowserContextOptions {
  const har = recorded === null ? undefined : recordHar
  const video = recorded === null ? undefined : recordVideo
  if (har !== undefined) makeFolder(har.dir, 0o700)
  if (video !== undefined) makeFolder(video.dir, 0o700)
  const path = har && recorded && join(har.dir, `${recorded.name}-${startedAt}-${recorded.count}.har`)
  return withoutUndefined({
    ...settings,
    geolocation: settings.geolocation && withoutUndefined(settings.geolocation),
    recordHar: har && withoutUndefined({ path, content: har.content, mode: har.mode }),
    recordVideo: video && withoutUndefined(video),
  }) as BrowserContextOptions
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
