/**
 * What a session may do with what it holds. `persist`: write it to the store. `share`: give it to a caller as a file
 * (`session.export()`). `retain`: keep it after the session is released. `render`: show sites in a browser. `keepPersonal`: give
 * callers bodies with personal data in them. `otherRegion`: go through a proxy of another region.
 */
export const BEHAVIOURS = ['persist', 'share', 'retain', 'render', 'keepPersonal', 'otherRegion'] as const

export type Behaviour = (typeof BEHAVIOURS)[number]

/** What is decided about a behaviour. What `transform` does depends on the behaviour: see `TRANSFORMED`. */
export type IsolationDecision = 'allow' | 'deny' | 'transform'

/** A decision for each behaviour. There is nothing in between for a proxy: it is taken or not. */
export interface IsolationMatrix
  extends Readonly<Record<Exclude<Behaviour, 'otherRegion'>, IsolationDecision>> {
  readonly otherRegion: 'allow' | 'deny'
}

/** The names of the presets. */
export const JURISDICTIONS = ['neutral', 'gdpr', 'ccpa'] as const

/** A preset of the matrix. They are starting points, and no legal advice. */
export type Jurisdiction = (typeof JURISDICTIONS)[number]

/** The presets. */
export const ISOLATION_PRESETS: Readonly<Record<Jurisdiction, IsolationMatrix>> = {
  neutral: {
    persist: 'allow',
    share: 'allow',
    retain: 'allow',
    render: 'allow',
    keepPersonal: 'allow',
    otherRegion: 'allow',
  },
  // Regulation (EU) 2016/679: minimisation and limited storage (article 5), transfers to other countries (chapter V).
  gdpr: {
    persist: 'transform',
    share: 'transform',
    retain: 'transform',
    render: 'allow',
    keepPersonal: 'transform',
    otherRegion: 'deny',
  },
  // California Civil Code 1798.100: kept no longer than necessary; 1798.120: no sharing against a person's will.
  ccpa: {
    persist: 'allow',
    share: 'deny',
    retain: 'transform',
    render: 'allow',
    keepPersonal: 'allow',
    otherRegion: 'allow',
  },
}

/** What each decision does, in a sentence: the page in the docs is made of it. */
export const ISOLATION_EFFECTS: Readonly<
  Record<Behaviour, Readonly<Partial<Record<IsolationDecision, string>>>>
> = {
  persist: {
    deny: 'Nothing of the session is read from the store or written to it: it lives in memory.',
    transform:
      'What pages stored (localStorage, sessionStorage, databases) is not written; cookies, identity and what was learned are.',
  },
  share: {
    deny: '`session.export()` is refused.',
    transform: 'An export has cookies alone.',
  },
  retain: {
    deny: 'The session is deleted from the store when it is released.',
    transform: 'What is older than `retainMs` is deleted when the session is opened.',
  },
  render: {
    deny: 'No browser shows anything for the session: `session.page()`, `render` and solves are refused, and requests do not escalate.',
    transform: '`session.page()` is refused; pages that a request needs are opened and closed again.',
  },
  keepPersonal: {
    deny: 'Personal data is cut out of bodies, and a body that had some ends with an error.',
    transform: 'E-mail addresses, phone numbers and IP addresses are cut out of bodies, as with `redact`.',
  },
  otherRegion: {
    deny: 'A proxy whose region is not the tenant’s, or not known, is not used.',
  },
}
