import { inflateRawSync } from 'node:zlib'

const END = 0x06054b50
const END_BYTES = 22
const DEFLATED = 8

/** The files of a small archive, by name: those of its central directory. */
export function readZip(bytes: Buffer): Map<string, Buffer> {
  let end = bytes.length - END_BYTES
  while (bytes.readUInt32LE(end) !== END) end--
  const files = new Map<string, Buffer>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const [nameSize, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const name = bytes.toString('utf8', at + 46, at + 46 + nameSize)
    const local = bytes.readUInt32LE(at + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = bytes.subarray(start, start + size)
    files.set(name, method === DEFLATED ? inflateRawSync(content) : content)
    at += 46 + nameSize + extra + comment
  }
  return files
}
