import { personalHeaders } from '../../compliance/index.ts'
import { OnejarError, safeUrl } from '../../core/index.ts'
import type { SessionEvent } from '../../routing/index.ts'
import type { Services } from '../../services/index.ts'
import type { TakenRequest } from '../input/take-request.ts'
import type { SessionConfig } from './session-config.ts'

type PersonalHeaderEvent = Extract<SessionEvent, { type: 'personal-header' }>

/** Looks a caller's headers over for personal data; throws where such a request is refused. */
export type PersonalCheck = (request: Pick<TakenRequest, 'url' | 'headers'>) => void

/**
 * The check that the option `personalHeaders` asks for; undefined where it asks for none.
 *
 * @param tell - called for each header in which something was found
 */
export function personalCheck(
  { personalHeaders: what, key }: Pick<SessionConfig, 'personalHeaders' | 'key'>,
  tell: (event: PersonalHeaderEvent) => void,
  { clock, compliance }: Pick<Services, 'clock' | 'compliance'>,
): PersonalCheck | undefined {
  if (what === 'allow') return undefined
  const decision = what === 'refuse' ? 'refused' : 'warned'
  return ({ url, headers = [] }) => {
    const { origin } = url
    for (const { name, kinds } of personalHeaders(headers as readonly string[])) {
      const reason = `the header ${name} holds personal data: ${kinds.join(', ')}`
      tell({ type: 'personal-header', at: clock.now(), state: decision, origin, header: name, kinds, reason })
      const facts = { origin, header: name, kinds: kinds.join(' '), decision }
      if (what === 'warn') compliance.note('personal-header', key, facts)
      else {
        compliance.record('personal-header', key, facts)
        throw new OnejarError('ONEJAR_POLICY_DENIED', `${safeUrl(url)}: ${reason}`, {
          details: { origin, header: name, kinds },
        })
      }
    }
  }
}
