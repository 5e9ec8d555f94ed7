import type { NestedLink } from '../devtools/cdp-link.ts'

/** A target that is nested in another, with who watches it. */
export interface NestedTarget<Agent> {
  readonly link: NestedLink
  readonly agent: Agent
  /** Resolves when it is watched, or gone already. */
  readonly ready: Promise<void>
}

/** The targets that are nested in one (its out-of-process frames), by the session that they were attached with. */
export class NestedTargets<Agent extends { hasFrame(frameId: string): boolean; close(): void }> {
  readonly #targets = new Map<string, NestedTarget<Agent>>()

  add(sessionId: string, target: NestedTarget<Agent>): void {
    this.#targets.set(sessionId, target)
  }

  /** Takes a message that the target above received for one of these. */
  receive(sessionId: string, message: string): void {
    this.#targets.get(sessionId)?.link.receive(message)
  }

  /** The one that shows the frame, itself or nested in it. */
  ofFrame(frameId: string): Agent | undefined {
    for (const { agent } of this.#targets.values()) if (agent.hasFrame(frameId)) return agent
    return undefined
  }

  map<T>(ask: (target: NestedTarget<Agent>) => T): T[] {
    return [...this.#targets.values()].map(ask)
  }

  /** One is gone. */
  remove(sessionId: string): void {
    const target = this.#targets.get(sessionId)
    this.#targets.delete(sessionId)
    target?.agent.close()
  }

  /** Stops watching all of them. */
  close(): void {
    for (const { agent } of this.#targets.values()) agent.close()
    this.#targets.clear()
  }
}
