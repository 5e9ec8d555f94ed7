import { type RequestContext, siteOfText } from '../../record/index.ts'

/**
 * Who a request is for, as far as bindings are concerned: the site of the page that makes it; `user` where no page of
 * another site does; or `nobody` where the page shares nothing with what taught (an opaque origin, a frame of another site).
 */
export type Requester = { readonly site: string } | 'user' | 'nobody'

/** Who a request to this URL, of this context, is for. */
export function requesterOf(url: URL, context: RequestContext | undefined): Requester {
  if (context === undefined) return 'user'
  const { initiator, topLevelUrl, kind = 'navigate' } = context
  const made = kind === 'fetch' || kind === 'img' || kind === 'iframe'
  // What is in the address bar does not say who asks for the document that is to be there.
  const page = initiator ?? (made ? topLevelUrl : null)
  if (page == null) return 'user'
  const site = siteOfText(page)
  if (site === null) return 'nobody'
  if (made && topLevelUrl != null && siteOfText(topLevelUrl) !== site) return 'nobody'
  return site === siteOfText(url.origin) ? 'user' : { site }
}
