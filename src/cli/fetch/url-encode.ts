import { UsageError } from '../usage-error.ts'

/**
 * What `--data-urlencode` sends: `content`, `=content`, `name=content`, `@FILE` or `name@FILE`; the name is taken as it is.
 *
 * @param read - gives the content of `@FILE`
 * @throws CommandError when a file cannot be read
 */
export async function urlEncoded(text: string, read: (source: string) => Promise<Buffer>): Promise<string> {
  const [, name = '', mark, rest = ''] = /^([^=@]*)([=@])([\s\S]*)$/.exec(text) ?? []
  if (mark === undefined) return encodeBytes(Buffer.from(text))
  if (mark === '@' && rest === '') throw new UsageError('--data-urlencode: @ takes the name of a file')
  const content = encodeBytes(mark === '=' ? Buffer.from(rest) : await read(`@${rest}`))
  return name === '' ? content : `${name}=${content}`
}

/** As curl: unreserved characters stay, a blank becomes +. */
function encodeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\w.~-]/g, (byte) =>
      byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
}
