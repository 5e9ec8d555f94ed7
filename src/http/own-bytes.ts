/**
 * Bytes over a buffer that nobody shares: `Uint8Array<ArrayBuffer>`, without the type argument, which TypeScript has known
 * since 5.7 only. The declarations have to be read by older ones.
 */
export type OwnBytes = ReturnType<Uint8Array['slice']>
