export type { PolicyRule } from './policy.ts'
export { CrawlPace } from './robots/crawl-pace.ts'
export { type KnownRobots, learnRobots, type RobotsAnswer } from './robots/robots-answer.ts'
export { MAX_ROBOTS_BYTES, type RobotsDecision, RobotsRules } from './robots/robots-rules.ts'
