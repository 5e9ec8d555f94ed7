import type { HtmlDocument } from './html-document.ts'
import { htmlparser2 } from './libraries.ts'
import type { Steps } from './steps.ts'
import { TreeBuilder } from './tree-builder.ts'

const PIECE_CHARS = 16 * 1024

/**
 * Parses any text as HTML. Time and memory grow linearly with its length, whatever it holds.
 *
 * @throws TooManyElements
 */
export function* parseDocument(html: string): Steps<HtmlDocument> {
  const builder = new TreeBuilder(html)
  const tokenizer = new (htmlparser2().Tokenizer)({ decodeEntities: true }, builder)
  for (let at = 0; at < html.length; at += PIECE_CHARS) {
    tokenizer.write(html.slice(at, at + PIECE_CHARS))
    yield
  }
  tokenizer.end()
  return builder.document
}
