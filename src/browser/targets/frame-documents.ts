import type { AnswerTimeout } from '../devtools/answer-timeout.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'
import { type DocumentView, type Reading, viewOf } from './document-view.ts'
import type { FrameState, FrameTree } from './frame-tree.ts'
import {
  APPLY_FUNCTION,
  READ_FUNCTION,
  SESSION_FUNCTION,
  type StorageOp,
  WORLD_NAME,
  type WorldAnswer,
} from './world.ts'

/** A document that is replaced under a call is asked again, in the new one's world: a call and a new world, each once more. */
const MAX_ATTEMPTS = 3

/**
 * Reads and writes the documents of one target's frames, through an isolated world in each that the page cannot see. A
 * document that does not answer in time has nothing to say.
 */
export class FrameDocuments {
  readonly #link: CdpLink
  readonly #frames: FrameTree
  readonly #answers: AnswerTimeout
  readonly #isOver: () => boolean

  /** @param isOver - whether the target is not to be asked any more */
  constructor(link: CdpLink, frames: FrameTree, answers: AnswerTimeout, isOver: () => boolean) {
    this.#link = link
    this.#frames = frames
    this.#answers = answers
    this.#isOver = isOver
  }

  /** Reads each document, which also flushes the cookies that its scripts wrote. One that does not answer is named as missed. */
  read(): Promise<Reading>[] {
    return this.#frames.all().map(async (frame) => {
      const view = await this.#read(frame)
      if (view) return { views: [view], missed: [] }
      const silent = frame.origin !== null && frame.view?.items !== null && !frame.foreign
      return { views: [], missed: silent ? [frame.origin as string] : [] }
    })
  }

  /**
   * Writes to the localStorage of a document, if it is still of that origin.
   *
   * @returns its view afterwards; undefined when it is gone, of another origin, or does not answer
   */
  async apply(
    frame: FrameState,
    origin: string,
    ops: readonly StorageOp[],
  ): Promise<DocumentView | undefined> {
    const answer = await this.#call(frame, APPLY_FUNCTION, [origin, ops])
    return answer ? this.#note(frame, answer) : undefined
  }

  /** The tab's sessionStorage, by each document that answers. Frames of other sites have one of their own, and are left out. */
  readSession(): Promise<DocumentView[]>[] {
    return this.#frames.all().map(async (frame) => {
      if (frame.foreign) return []
      const answer = await this.#call(frame, SESSION_FUNCTION, [null, []])
      return answer ? [viewOf(frame.id, answer)] : []
    })
  }

  /** Sets sessionStorage items in the target's own document, if it is of this origin. */
  async applySession(origin: string, items: ReadonlyMap<string, string>): Promise<void> {
    const { root } = this.#frames
    if (root) await this.#call(root, SESSION_FUNCTION, [origin, [...items]])
  }

  /** What a function without arguments answers in each document that is of one site with all above it; null for no answer. */
  ask<Answer>(functionDeclaration: string): Promise<Answer | null>[] {
    const frames = this.#frames.all().filter(({ id }) => this.#frames.siteOf(id) !== undefined)
    return frames.map((frame) => this.#call<Answer>(frame, functionDeclaration, []))
  }

  /** What a function without arguments answers in the document of the target's own frame; null for no answer. */
  async askRoot<Answer>(functionDeclaration: string): Promise<Answer | null> {
    const { root } = this.#frames
    return root ? this.#call<Answer>(root, functionDeclaration, []) : null
  }

  async #read(frame: FrameState): Promise<DocumentView | undefined> {
    const answer = await this.#call(frame, READ_FUNCTION, [frame.version ?? ''])
    return answer ? this.#note(frame, answer) : undefined
  }

  #note(frame: FrameState, answer: WorldAnswer): DocumentView {
    if (answer.items !== undefined || !frame.view || frame.view.origin !== answer.origin) {
      frame.view = viewOf(frame.id, answer)
    }
    frame.version = answer.version
    this.#frames.setOrigin(frame, answer.origin)
    return frame.view
  }

  /** Calls a function in the frame's isolated world; makes the world first where the document is new. */
  async #call<Answer = WorldAnswer>(
    frame: FrameState,
    functionDeclaration: string,
    args: readonly unknown[],
  ): Promise<Answer | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (this.#isOver() || this.#frames.get(frame.id) !== frame) return null
      const contextId = frame.contextId
      try {
        if (contextId === undefined) {
          const made = await this.#answers.within(
            this.#link.send<{ executionContextId: number }>('Page.createIsolatedWorld', {
              frameId: frame.id,
              worldName: WORLD_NAME,
            }),
          )
          if (!made) return null
          frame.contextId = made.executionContextId
          continue
        }
        const reply = await this.#answers.within(
          this.#link.send<CallReply<Answer>>('Runtime.callFunctionOn', {
            functionDeclaration,
            executionContextId: contextId,
            arguments: args.map((value) => ({ value })),
            returnByValue: true,
            silent: true,
          }),
        )
        if (!reply || reply.exceptionDetails) return null
        return reply.result.value ?? null
      } catch {
        // The document was replaced under the call: the next attempt asks the new one.
        if (frame.contextId === contextId) frame.contextId = undefined
      }
    }
    return null
  }
}

interface CallReply<Answer> {
  readonly result: { readonly value?: Answer }
  readonly exceptionDetails?: unknown
}
