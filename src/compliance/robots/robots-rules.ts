import type { PreferenceStatement } from '../preferences/purpose.ts'
import { addUsageLine, readUsageLine, type UsageLine, usageStatements } from '../preferences/robots-usage.ts'
import { makeRule, matchTarget, type RobotsRule, ruleMatches } from './robots-rule.ts'

/** What a robots.txt says to one crawler of a URL. `rule` is null when no line speaks of it. */
export interface RobotsDecision {
  readonly allowed: boolean
  readonly rule: { readonly text: string; readonly line: number } | null
}

/** RFC 9309, section 2.5: this much is read at least; what follows is ignored. */
export const MAX_ROBOTS_BYTES = 500 * 1024

/** A robots.txt is asked for again after a day, so a longer Crawl-delay is as good as this. */
export const MAX_CRAWL_DELAY_MS = 24 * 3_600_000

const NOTHING_SAID: RobotsDecision = { allowed: true, rule: null }

/**
 * The rules of a robots.txt for one crawler: the groups that name it, else those for everybody (RFC 9309, section 2.2).
 * Total: whatever the bytes are, there are rules.
 */
export class RobotsRules {
  /** Milliseconds between two requests, from Crawl-delay; 0 when none is asked for. At most a day. */
  readonly crawlDelayMs: number
  /** The longest pattern first, and Allow before Disallow where two are of one length: the first that matches counts. */
  readonly #rules: readonly RobotsRule[]
  readonly #usage: readonly UsageLine[]
  /** Addresses of licences for the whole site (`License:` of RSL 1.0), which belong to no group. */
  readonly licences: readonly string[]

  /**
   * @param text - the file; what is beyond 500 KiB is ignored
   * @param userAgent - the crawler's product token, in any case
   */
  constructor(text: string, userAgent: string) {
    const licences: string[] = []
    const group = readGroup(text, userAgent.toLowerCase(), licences)
    this.licences = licences
    this.#usage = group.usage
    this.#rules = group.rules.sort((a, b) => b.length - a.length || Number(b.allow) - Number(a.allow))
    this.crawlDelayMs = group.crawlDelayMs
  }

  /** Costs a comparison per rule, up to the first that matches. */
  decide(url: URL): RobotsDecision {
    if (this.#rules.length === 0 || url.pathname === '/robots.txt') return NOTHING_SAID
    const target = matchTarget(url)
    for (const rule of this.#rules) if (ruleMatches(rule, target)) return { allowed: rule.allow, rule }
    return NOTHING_SAID
  }

  /** What the file says of what a URL's content may be used for. */
  preferences(url: URL): readonly PreferenceStatement[] {
    return this.#usage.length === 0 ? NO_STATEMENTS : usageStatements(this.#usage, matchTarget(url))
  }
}

const NO_STATEMENTS: readonly PreferenceStatement[] = []
const MAX_LICENCES = 8

/** The lines that are meant for one crawler, or for everybody. */
class Group {
  readonly usage: UsageLine[] = []
  readonly rules: RobotsRule[] = []
  crawlDelayMs = 0
  /** Whether the file has such a group, perhaps an empty one. */
  named = false
  /** Whether the lines that are read belong to it. */
  open = false
}

function readGroup(text: string, userAgent: string, licences: string[]): Group {
  const mine = new Group()
  const everybody = new Group()
  const groups = [mine, everybody]
  let inRules = false
  let named = false
  let number = 0
  for (const line of text.slice(0, MAX_ROBOTS_BYTES).split(/\r\n|\r|\n/)) {
    number++
    const field = readField(line)
    if (!field) continue
    const { name, value } = field
    if (USER_AGENT.test(name)) {
      // Only rules end a list of user agents: other lines may stand between them.
      if (inRules) for (const group of groups) group.open = false
      inRules = false
      named = true
      const group = /^\*(?:\s|$)/.test(value) ? everybody : productToken(value) === userAgent ? mine : null
      if (group) group.named = group.open = true
    } else if (name === 'allow' || DISALLOW.test(name)) {
      inRules = true
      if (!groups.some((group) => group.open)) continue
      const rule = makeRule(name === 'allow', value, number)
      if (rule) for (const group of groups) if (group.open) group.rules.push(rule)
    } else if (name === 'crawl-delay') {
      const delayMs = readDelay(value)
      if (delayMs !== null) for (const group of groups) if (group.open) group.crawlDelayMs = delayMs
    } else if (name === 'license') {
      if (licences.length < MAX_LICENCES && isWebAddress(value)) licences.push(new URL(value).href)
    } else {
      const usage = readUsageLine(name, value, number)
      // What stands before any group is meant for all.
      if (usage !== null)
        for (const group of groups) if (group.open || !named) addUsageLine(group.usage, usage)
    }
  }
  return mine.named ? mine : everybody
}

function isWebAddress(value: string): boolean {
  return value.length <= 2048 && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

const USER_AGENT = /^user[- ]?agent$/
/** Misspellings that are common enough to be known to the parsers of search engines. */
const DISALLOW = /^(?:disallow|dissallow|dissalow|disalow|diasllow|disallaw)$/

/** A byte order mark goes with the other space around a line. */
function readField(line: string): { name: string; value: string } | null {
  const comment = line.indexOf('#')
  const said = (comment < 0 ? line : line.slice(0, comment)).trim()
  if (said === '') return null
  const colon = said.indexOf(':')
  if (colon > 0) {
    return { name: said.slice(0, colon).trim().toLowerCase(), value: said.slice(colon + 1).trim() }
  }
  // A missing colon is forgiven where nothing else can be meant.
  const words = colon < 0 ? said.split(/\s+/, 3) : []
  return words.length === 2 ? { name: (words[0] as string).toLowerCase(), value: words[1] as string } : null
}

/** `FooBot` of `FooBot/2.1 (+https://…)`. */
function productToken(value: string): string {
  return (/^[a-z_-]+/i.exec(value)?.[0] ?? '').toLowerCase()
}

/** Seconds, with a fraction perhaps; null for what is no time. */
function readDelay(value: string): number | null {
  if (!/^\d+(?:\.\d+)?$/.test(value)) return null
  return Math.min(MAX_CRAWL_DELAY_MS, Math.ceil(Number(value) * 1000))
}
