/**
 * What a server says that will do the work later: it is loading, changing its master, or has no room just now. Every other
 * answer that is an error says that it never will.
 */
const NOT_NOW =
  /^(?:LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|OOM|MISCONF|NOREPLICAS|BUSY|MOVED|ASK)\b|max number of clients/
const ANSWER = /^-?[A-Z]{3,} /
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:TLS|SSL|OSSL)|^EPROTO$/

/**
 * Whether an error means that the server is up and refuses this client: a wrong password, a missing right, no such
 * database, a certificate that does not fit. False where it may pass by itself.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('lastNodeError' in error && isRefusal(error.lastNodeError)) return true
  if ('code' in error && typeof error.code === 'string' && TLS_CODE.test(error.code)) return true
  return error.name === 'ReplyError' && ANSWER.test(error.message) && !NOT_NOW.test(error.message)
}
