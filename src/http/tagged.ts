/**
 * Whether a value says of itself that it is one of these: Node's classes, those of undici's package, of libraries that stand
 * in for them and of other realms are different classes, and carry the same tag.
 */
export function hasTag(value: unknown, ...names: readonly string[]): boolean {
  const tag = Object.prototype.toString.call(value)
  return names.some((name) => tag === `[object ${name}]`)
}

/** A Blob or File of any class. */
export function isBlobLike(value: unknown): value is Blob {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Blob) return true
  return hasTag(value, 'Blob', 'File') && typeof (value as Partial<Blob>).arrayBuffer === 'function'
}

/** One of Node's own, which Node's Blob takes as a part of another. */
export function isNativeBlob(blob: Blob): boolean {
  // A class of another library may be made to look like an instance; one that it did not make has no bytes to give.
  return blob instanceof Blob && hasNativeSize(blob)
}

/** A copy as one of Node's own. */
export async function nativeBlob(blob: Blob): Promise<Blob> {
  return isNativeBlob(blob) ? blob : new Blob([await blob.arrayBuffer()], { type: blob.type })
}

const size = Object.getOwnPropertyDescriptor(Blob.prototype, 'size')?.get

function hasNativeSize(blob: Blob): boolean {
  try {
    return size?.call(blob) !== undefined
  } catch {
    return false
  }
}
