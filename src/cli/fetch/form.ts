import { basename } from 'node:path'
import { UsageError } from '../usage-error.ts'

/**
 * A form as `-F` describes it, part by part: `name=value`, `name=@FILE` for a file, `name=<FILE` for a file's content as a
 * value; `;type=` and `;filename=` may follow a file.
 *
 * @param read - gives the content of `@FILE`
 * @throws UsageError for a part without a name; CommandError when a file cannot be read
 */
export async function readForm(
  parts: readonly string[],
  read: (source: string) => Promise<Buffer>,
): Promise<FormData> {
  const form = new FormData()
  for (const part of parts) {
    const at = part.indexOf('=')
    if (at < 1) throw new UsageError('-F takes name=value, name=@FILE or name=<FILE')
    const [name, value] = [part.slice(0, at), part.slice(at + 1)]
    if (value.startsWith('<')) form.append(name, (await read(`@${value.slice(1)}`)).toString())
    else if (value.startsWith('@')) await appendFile(form, name, value.slice(1), read)
    else form.append(name, value)
  }
  return form
}

async function appendFile(
  form: FormData,
  name: string,
  value: string,
  read: (source: string) => Promise<Buffer>,
): Promise<void> {
  const [path = '', ...about] = value.split(/;(?=(?:type|filename)=)/)
  const said = (key: string) => about.find((text) => text.startsWith(`${key}=`))?.slice(key.length + 1)
  const type = said('type') ?? 'application/octet-stream'
  const bytes = new Uint8Array(await read(`@${path}`))
  form.append(name, new Blob([bytes], { type }), said('filename') ?? basename(path))
}
