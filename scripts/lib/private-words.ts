/** A word that only this project uses for a thing, and the term that the field has for it. */
export interface PrivateWord {
  /** What to write instead; see docs/glossary.md. */
  readonly say: string
  /** Where it is looked for in comments, messages and pages. */
  readonly prose?: RegExp
  /** Where it is looked for in an identifier or a file name, taken apart and in lower case: `PageLender` is `page lender`. */
  readonly name?: RegExp
  /** A text that must be reported, and one that must not: the tests run both. */
  readonly bad: string
  readonly fine: string
}

/**
 * The table of `npm run check`. A row is narrow enough to have no exceptions: a word with a good use of its own ("by the
 * way", "in turn") is looked for in the phrases that misuse it.
 */
export const PRIVATE_WORDS: readonly PrivateWord[] = [
  {
    say: 'solve (of a challenge), page load (of a caller)',
    prose: /\b(?:re-?)?visits?\b/i,
    // The word by itself is the name of a stored kind of entry; one metric has it in its name.
    name: /\bvisits\b(?! total)|\bvisit \w|\w visit\b/,
    bad: 'joins the visit of another process',
    fine: 'the visitor has visited many origins',
  },
  {
    say: 'blocked, blocked origin',
    prose: /\b(?:un)?halt(?:s|ed|ing)?\b/i,
    // The word by itself is the name of a stored kind of entry.
    name: /\bhalt(?:s|ed|ing)\b|\bhalt \w|\w halt\b/,
    bad: 'the session is halted for the origin',
    fine: 'the session is blocked for the origin',
  },
  {
    say: 'pipeline (stages), transport, or network path (proxy)',
    prose:
      /\b(?:request|session|body|answer|response)(?:'|’)?s(?:'|’)? ways?\b|\bways? (?:of (?:a|the) (?:request|session)|to (?:the|a) (?:store|site|net|network|browser|queue|proxy|server)|out (?:of|to) (?:a|the) (?:session|net))\b|\bclear(?:s|ed)? (?:its|the|their) way\b|\bby (?:which|another|this) way\b|\bopens? (?:a|no) way\b/i,
    name: /\b(?:request|http|next|socks|direct|open) way\b|\bways? (?:parts|name|out)\b/,
    bad: 'the steps on a request’s way',
    fine: 'this is by the way done in the same way',
  },
  {
    say: 'event, change or update',
    prose: /\bnews\b|\b(?:sends?|sent|gives?|gave|brings?|gets?|got) word\b/i,
    name: /\bnews\b/,
    bad: 'brings the news of other processes',
    fine: 'a word of four letters, in the newsletter',
  },
  {
    say: 'notified, reported, recognised or known',
    prose: /\btold\b/i,
    name: /\btold\b/,
    bad: 'is told once per outage',
    fine: 'is reported once per outage',
  },
  {
    say: 'says, shows, reports, notifies or distinguishes',
    prose: /\btells\b|\btell of\b|\bto tell (?:it )?of\b/i,
    bad: 'the header tells of a challenge',
    fine: 'nobody can tell whether it is one',
  },
  {
    say: 'manual intervention',
    prose: /\btake-?over\b/i,
    name: /\btake over\b|\btakeover\b/,
    bad: 'a take-over by a person',
    fine: 'a person can take over',
  },
  {
    say: 'conflict check',
    prose: /\b(?:a|the|has|have|had|are|no|there are) claims?\b(?! (?:of|in) (?:a|the) (?:token|JWT))/i,
    name: /\b(?:has|is|context) claim(?:s|ed)?\b/,
    bad: 'claims are read before a push: the claim wants a pull',
    fine: 'the token has ended by its own claim',
  },
  {
    say: 'persistence',
    prose: /\bsession(?:(?:'|’)s)? keepers?\b|\bkeepers? of (?:a |the )?sessions?\b/i,
    name: /\bsession keepers?\b/,
    bad: 'the session keeper writes it',
    fine: 'a GateKeeper-like gatekeeper',
  },
  {
    say: 'rate-limit pause',
    prose:
      /\b(?:rate[- ]limit|a|the|its|active) holds\b(?! (?:the|a|no|it|what|all|one|its|nothing|more|only|them|for|at|on))/i,
    bad: 'the holds of an origin end',
    fine: 'what the record holds is written',
  },
  {
    say: 'worker sessions',
    prose: /\bdesks?\b/i,
    name: /\bdesks?\b/,
    bad: 'the desk of the worker',
    fine: 'a desktop browser',
  },
  {
    say: 'history',
    prose: /\bledgers?\b/i,
    name: /\bledgers?\b/,
    bad: 'the ledger of solves',
    fine: 'the history of solves',
  },
  {
    say: 'lock, distributed lock or queue',
    prose:
      /\b(?:in|at) (?:a|its|their) turn\b|\b(?:process|worker|caller|writer|session)(?:'|’)s turn\b|\btakes? turns\b|\b(?:wait|waits|waiting) for (?:a|its|the|their) turn\b/i,
    name: /\b(?:take|next|in|solve|visit) turns?\b/,
    bad: 'callers that wait for a turn share it',
    fine: 'keys and values in turn; it turns out well',
  },
  {
    say: 'freeze',
    prose: /\bhush(?:es|ed|ing)?\b/i,
    name: /\bhush(?:es|ed)?\b/,
    bad: 'the page is hushed first',
    fine: 'the page is frozen first',
  },
  {
    say: 'unwatched frames',
    prose: /\bstrays?\b/i,
    name: /\bstrays?\b/,
    bad: 'looks up the strays',
    fine: 'looks up the unwatched frames',
  },
  {
    say: 'dependencies or environment',
    prose: /\bsurroundings\b/i,
    name: /\bsurroundings\b/,
    bad: 'what a jar needs of its surroundings',
    fine: 'the surrounding text',
  },
  {
    say: 'onTransportError',
    prose: /\bdistrust(?:s|ed|ing)?\b/i,
    name: /\bdistrust(?:s|ed)?\b/,
    bad: 'distrust of the connection',
    fine: 'a trusted connection',
  },
  {
    say: 'takes precedence over',
    prose: /\bgo(?:es)? before\b(?! (?:it|they|he|she|we) )/i,
    bad: 'an own option goes before that of the broker',
    fine: 'takes precedence over that of the broker',
  },
  {
    say: 'release',
    prose: /\b(?:un)?park(?:s|ed|ing)?\b/i,
    name: /\b(?:un)?park(?:s|ed|ing)?\b/,
    bad: 'the session was parked',
    fine: 'the session was released; a spark',
  },
  {
    say: 'page slots',
    prose: /\blenders?\b/i,
    name: /\blenders?\b/,
    bad: 'the lender of pages',
    fine: 'the calendar of pages',
  },
  {
    say: 'deadline or wait',
    prose: /\bpatien(?:ce|t|tly)\b/i,
    name: /\bpatience\b/,
    bad: 'the patience of a request',
    fine: 'the deadline of a request',
  },
  {
    say: 'requester',
    prose: /\baskers?\b/i,
    name: /\baskers?\b/,
    bad: 'the asker’s site',
    fine: 'a task or a masker',
  },
  {
    say: 'a plain name of what was observed',
    prose: /\boverheard\b/i,
    name: /\boverheard\b/,
    bad: 'what was overheard',
    fine: 'the overhead of it',
  },
  {
    say: 'stage',
    prose: /\bsteps? (?:of|on|in) (?:a|the) (?:request|response|session)\b|\bsteps? before the router\b/i,
    bad: 'a step of a request',
    fine: 'in one step; step 16 of the algorithm',
  },
  {
    say: 'what happened to, or the result of',
    prose: /\b(?:became|becomes|become) of\b|\bcame of it\b|\bcomes of (?:it|that)\b/i,
    bad: 'what became of the cookie',
    fine: 'a session becomes unusable',
  },
  {
    say: 'random',
    prose: /\bchance (?:one|id|name|value|number)s?\b|\bby chance\b/i,
    bad: 'its id is a chance one',
    fine: 'its id is random',
  },
  {
    say: 'the thing or the person by name',
    prose:
      /\b(?:nobody|everybody|somebody)(?:'|’)s(?! (?:else|own))\b|\b(?:him|her)self\b|\bwill not have (?:us|it|them)\b/i,
    bad: 'whether it is nobody’s',
    fine: 'somebody else’s connection',
  },
  {
    say: 'the error or response by name',
    prose: /\bmakes? a stop of\b|\blets? a write stand\b/i,
    bad: 'makes a stop of the error',
    fine: 'stops at the error',
  },
]
