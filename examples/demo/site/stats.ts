/** Counts of the site, by path: a site cannot see which transport sent a request. */
export interface DemoStats {
  /** All requests, including assets and the gate's own calls. */
  requests: number
  /** Requests that got the gate page in place of the page asked for. */
  gateShown: number
  /** Proof-of-work challenges that were sent to widgets. */
  challengesIssued: number
  /** Solutions that were accepted: each is one solve by a browser. */
  solves: number
  /** Answers to challenges that were refused: forged, expired, replayed. */
  solvesRefused: number
  itemsServed: number
  /** The index and the list pages. */
  listsServed: number
  logins: number
  /** Calls of the orders API that got past the gate, unauthorised ones included. */
  apiCalls: number
  apiUnauthorised: number
}

export function emptyStats(): DemoStats {
  return {
    requests: 0,
    gateShown: 0,
    challengesIssued: 0,
    solves: 0,
    solvesRefused: 0,
    itemsServed: 0,
    listsServed: 0,
    logins: 0,
    apiCalls: 0,
    apiUnauthorised: 0,
  }
}
