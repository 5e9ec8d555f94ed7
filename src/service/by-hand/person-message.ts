import { z } from 'zod'

/** Where something is, as a share of the picture's width or height. */
const share = z.number().min(0).max(1)

const MAX_TEXT = 10_000
const MAX_COMPOSED = 1_000
const MAX_FINGERS = 5
const MAX_WHEEL_PX = 2_000

/** What a person's browser sends: what they do with the page, and what they say about it. */
const personMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('mouse'),
    action: z.enum(['down', 'up', 'move']),
    x: share,
    y: share,
    clicks: z.number().int().min(1).max(3),
  }),
  z.strictObject({
    type: z.literal('wheel'),
    x: share,
    y: share,
    dx: z.number().min(-MAX_WHEEL_PX).max(MAX_WHEEL_PX),
    dy: z.number().min(-MAX_WHEEL_PX).max(MAX_WHEEL_PX),
  }),
  z.strictObject({
    type: z.literal('touch'),
    action: z.enum(['start', 'move', 'end', 'cancel']),
    /** The fingers that are down afterwards. */
    points: z
      .array(z.strictObject({ x: share, y: share, id: z.number().int().min(0).max(99) }))
      .max(MAX_FINGERS),
  }),
  z.strictObject({
    type: z.literal('key'),
    down: z.boolean(),
    key: z.string().min(1).max(32),
    code: z.string().max(32),
    /** `KeyboardEvent.keyCode`: what many pages still go by. */
    keyCode: z.number().int().min(0).max(255),
    repeat: z.boolean(),
    shift: z.boolean(),
    /** Ctrl, or the key that stands for it on the person's machine. */
    command: z.boolean(),
    alt: z.boolean(),
  }),
  /** Text that is there at once: pasted, or from an input method. */
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(MAX_TEXT) }),
  /** What an input method shows while it is being composed; empty to take it back. */
  z.strictObject({ type: z.literal('compose'), text: z.string().max(MAX_COMPOSED) }),
  z.strictObject({
    type: z.literal('size'),
    width: z.number().int().min(240).max(2_560),
    height: z.number().int().min(240).max(1_600),
  }),
  /** A frame was shown. */
  z.strictObject({ type: z.literal('shown') }),
  z.strictObject({ type: z.literal('reload') }),
  z.strictObject({ type: z.literal('close-popup') }),
  z.strictObject({ type: z.literal('done') }),
  z.strictObject({ type: z.literal('give-up') }),
])

export type PersonMessage = z.infer<typeof personMessageSchema>
/** What is done with the page. */
export type PersonInput = Extract<
  PersonMessage,
  { readonly type: 'mouse' | 'wheel' | 'touch' | 'key' | 'text' | 'compose' }
>
export type KeyInput = Extract<PersonMessage, { readonly type: 'key' }>

/** More than any message has. */
export const MAX_MESSAGE_BYTES = 64 * 1024

/** The message in a text; null for anything else. */
export function readPersonMessage(text: string): PersonMessage | null {
  try {
    return personMessageSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
