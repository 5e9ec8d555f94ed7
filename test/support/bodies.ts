import { File as BufferFile } from 'node:buffer'
import { FormData as UndiciFormData } from 'undici'

/** A File as a library makes it: of no class of Node's. */
class ForeignFile {
  readonly #bytes: Uint8Array
  readonly name = 'a.bin'
  readonly type = 'image/x-own'
  readonly lastModified = 0
  constructor(text: string) {
    this.#bytes = Buffer.from(text)
  }
  get size() {
    return this.#bytes.length
  }
  async arrayBuffer() {
    return Uint8Array.from(this.#bytes).buffer
  }
  stream() {
    return new Blob([this.#bytes as Uint8Array<ArrayBuffer>]).stream()
  }
  get [Symbol.toStringTag]() {
    return 'File'
  }
}

class ForeignForm {
  readonly #entries: [string, unknown][]
  constructor(entries: [string, unknown][]) {
    this.#entries = entries
  }
  [Symbol.iterator]() {
    return this.#entries[Symbol.iterator]()
  }
  get [Symbol.toStringTag]() {
    return 'FormData'
  }
}

/** Each body twice: what is sent by HTTP is what a page sends. */
export const bodies: Record<string, { make: () => unknown; type?: RegExp; has: readonly string[] }> = {
  "Node's FormData": {
    make: () => {
      const form = new FormData()
      form.set('a', 'ä\nb')
      form.set('f', new File(['bytes'], 'n"m.txt', { type: 'text/x-own' }))
      return form
    },
    type: /^multipart\/form-data; boundary=/,
    has: ['name="a"', 'name="f"; filename="n%22m.txt"', 'Content-Type: text/x-own', '\r\n\r\nbytes\r\n'],
  },
  "undici's FormData": {
    make: () => {
      const form = new UndiciFormData()
      form.set('a', 'b')
      form.set('f', new BufferFile(['bytes'], 'n.txt') as never)
      return form
    },
    type: /^multipart\/form-data; boundary=/,
    has: ['name="a"\r\n\r\nb\r\n', 'name="f"; filename="n.txt"', '\r\n\r\nbytes\r\n'],
  },
  'a library’s FormData with its own File': {
    make: () => new ForeignForm([['f', new ForeignFile('bytes')]]),
    type: /^multipart\/form-data; boundary=/,
    has: ['name="f"; filename="a.bin"', 'Content-Type: image/x-own', '\r\n\r\nbytes\r\n'],
  },
  'a File of node:buffer': {
    make: () => new BufferFile(['bytes'], 'n.txt', { type: 'text/x-own' }),
    type: /^text\/x-own$/,
    has: ['bytes'],
  },
  'a library’s File': { make: () => new ForeignFile('bytes'), type: /^image\/x-own$/, has: ['bytes'] },
  'a view of 16-bit numbers': { make: () => new Uint16Array([0x6261]), has: ['ab'] },
  'a shared buffer': {
    make: () => {
      const shared = new SharedArrayBuffer(2)
      new Uint8Array(shared).set([0x61, 0x62])
      return shared
    },
    has: ['ab'],
  },
  URLSearchParams: {
    make: () => new URLSearchParams({ a: 'ä b' }),
    // A form of a document says no charset, a script's request does.
    type: /^application\/x-www-form-urlencoded(?:;charset=UTF-8)?$/i,
    has: ['a=%C3%A4+b'],
  },
  'a web stream': { make: () => new Blob(['bytes']).stream(), has: ['bytes'] },
  'an async iterable': {
    make: () =>
      (async function* () {
        yield 'by'
        yield new Uint8Array([0x74, 0x65, 0x73])
      })(),
    has: ['bytes'],
  },
}
