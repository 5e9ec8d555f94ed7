/** What the site saw; counted by path, since a site cannot tell by what transport a request came. */
export interface DemoStats {
  /** Everything, assets and the gate's own calls included. */
  requests: number
  /** Requests that got the gate page instead of what they asked for. */
  gateShown: number
  /** Proof-of-work challenges handed out to widgets. */
  challengesIssued: number
  /** Challenges solved and accepted: each is one visit of a browser. */
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
