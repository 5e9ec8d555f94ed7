import type { CdpLink } from '../devtools/cdp-link.ts'

/** A frame, as the browser describes it. */
export interface CdpFrame {
  readonly id: string
  readonly parentId?: string
  readonly url?: string
  readonly securityOrigin?: string
}

/** A frame with those in it. */
export interface CdpFrameTree {
  readonly frame: CdpFrame
  readonly childFrames?: readonly CdpFrameTree[]
}

/** A target, as the browser describes it. */
export interface CdpTarget {
  readonly type: string
  readonly url: string
  /** Of a worker: the frame that made it. */
  readonly parentFrameId?: string
}

/** Called with what happens in one DevTools target. */
export interface TargetListener {
  frameAttached(frameId: string, parentId: string): void
  /** The frame has a new document. */
  navigated(frame: CdpFrame): void
  /** The frame's document has another address now. */
  movedWithin(frameId: string, url: string): void
  frameDetached(frameId: string): void
  stoppedLoading(frameId: string): void
  windowOpens(url: string): void
  /** A target is nested in this one: an out-of-process frame, or a worker. */
  nested(sessionId: string, target: CdpTarget): void
  nestedGone(sessionId: string): void
  /** What a nested target says. */
  nestedMessage(sessionId: string, message: string): void
}

/** Listens to a target, by the names that DevTools has for what happens. `Page.enable` makes it speak. */
export function listenToTarget(link: CdpLink, listener: TargetListener): void {
  const on = <Event>(name: string, handler: (event: Event) => void) =>
    link.on(name, (event) => handler(event as Event))
  on<{ frameId: string; parentFrameId: string }>('Page.frameAttached', ({ frameId, parentFrameId }) =>
    listener.frameAttached(frameId, parentFrameId),
  )
  on<{ frame: CdpFrame }>('Page.frameNavigated', ({ frame }) => listener.navigated(frame))
  on<{ frameId: string; url: string }>('Page.navigatedWithinDocument', ({ frameId, url }) =>
    listener.movedWithin(frameId, url),
  )
  on<{ frameId: string }>('Page.frameDetached', ({ frameId }) => listener.frameDetached(frameId))
  on<{ url: string }>('Page.windowOpen', ({ url }) => listener.windowOpens(url))
  on<{ frameId: string }>('Page.frameStoppedLoading', ({ frameId }) => listener.stoppedLoading(frameId))
  on<{ sessionId: string; targetInfo: CdpTarget }>('Target.attachedToTarget', ({ sessionId, targetInfo }) =>
    listener.nested(sessionId, targetInfo),
  )
  on<{ sessionId: string }>('Target.detachedFromTarget', ({ sessionId }) => listener.nestedGone(sessionId))
  on<{ sessionId: string; message: string }>('Target.receivedMessageFromTarget', ({ sessionId, message }) =>
    listener.nestedMessage(sessionId, message),
  )
}
