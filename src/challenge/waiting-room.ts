import { spellings } from './decode-peek.ts'
import type { HtmlFacts } from './html-facts.ts'
import type { Shape } from './shape.ts'
import type { Evidence, ResponseHead } from './verdict.ts'

/** A threshold that has more to say than where one stands is something else. */
export const ROOM_CHARS = 1_500
export const ROOM_LINKS = 6

const IN_LINE = anyOf(
  /you(?:'re| are|\u00e2\u0080\u0099re)? (?:now |currently |already )?(?:in|on|inside) (?:the |a |an |our |this )?(?:\w{1,16} )?(?:line|queue|waiting ?room|waiting list|waitlist)\b|waiting room powered by|\byou (?:have been|were) (?:placed|put) in (?:the |a |our )?(?:\w{1,16} )?(?:line|queue|waiting room)/,
  "sie sind in der warteschlange | sie befinden sich in der warteschlange | sie befinden sich im warteraum | virtuellen warteraum | vous êtes dans la file d’attente | vous êtes dans la file d'attente | vous êtes en file d | estás en la fila | está en la fila | está en la cola | estás en la cola | estás en cola | sala de espera virtual | você está na fila | está agora na fila | sei in coda | ti trovi in coda | sala d’attesa virtuale | u staat in de wachtrij | je staat in de wachtrij | jesteś w kolejce | вы в очереди | вы находитесь в очереди | kuyruktasınız | sıradasınız | du står i kø | du står i kön | olet jonossa | 您正在排队 | 您已进入排队 | 正在排队 | 順番待ち | お待ちいただいて | 대기 중입니다 | 접속 대기",
)
const TELLS_PLACE = anyOf(
  /(?:estimated|expected|approximate) (?:wait(?:ing)?|time)|wait(?:ing)? time|your (?:place|position|number|spot|turn) (?:in|is|to|:)|(?:people|users|visitors|customers) (?:are )?(?:ahead|in front) of you|(?:queue|line) (?:position|number)|when it is your turn|your turn|do not (?:refresh|close|leave)|(?:page|browser) will (?:refresh|reload|update|redirect)|automatically (?:refresh|reload|redirect|be redirected|enter)|high (?:demand|traffic|volume)/,
  "geschätzte wartezeit | voraussichtliche wartezeit | ihre position | temps d’attente | temps d'attente | votre place | tiempo de espera | tiempo estimado | su posición | tempo de espera | sua posição | tempo di attesa | tempo d'attesa | wachttijd | czas oczekiwania | время ожидания | ваше место | bekleme süresi | 预计等待 | 等待时间 | 待ち時間 | 예상 대기",
)
const NAMES_ROOM = /waiting ?room|\bqueue\b|warteraum|salle d.{1,6}attente|sala de espera|wachtkamer/

/** What may stand before a word in the bytes of a document. */
const BEFORE_WORDS = [' ', '\n', '\t', '\f', '\r', '\v', '>', ';', '0', '\u00a0', 'nbsp']

/**
 * Words of which a waiting room has one in its title or its text, whatever its language, if that is written with Latin letters: a part of
 * each alternative of `IN_LINE`, and of `NAMES_ROOM`.
 */
export const ROOM_WORDS: readonly string[] = [
  ...BEFORE_WORDS.map((before) => `${before}line`),
  ...'queue waiting waitlist warteschlange warteraum attente vous fila cola espera coda attesa wachtrij wachtkamer kolejce kuyruktas radas'.split(
    ' ',
  ),
  'st\u00e5r',
  'jonossa',
]

/** A document that gives a place in line, whoever made it: it says so, and brings on by itself or asks again. */
export function readWaitingRoom(
  { statusCode }: ResponseHead,
  facts: HtmlFacts | null,
  shape: Shape,
): Evidence | null {
  if (facts === null || shape === 'content' || statusCode === 404 || statusCode === 410) return null
  const { text, title, links, userFields, passwordFields, refresh, inline, scripts } = facts
  if (text.length > ROOM_CHARS || links > ROOM_LINKS || userFields + passwordFields > 0) return null
  const said = `${title} ${text}`
  const inLine = IN_LINE.test(said)
  const place = TELLS_PLACE.test(said)
  if (!inLine && !(place && NAMES_ROOM.test(title))) return null
  const goesOn =
    refresh !== null || /reload|location|fetch\s?\(|xmlhttprequest|websocket|eventsource/.test(inline)
  if (!goesOn && scripts === 0 && statusCode < 400) return null
  const weight = inLine && (place || refresh !== null) ? 0.8 : goesOn ? 0.6 : 0.5
  return {
    signal: 'waiting-room',
    vendor: null,
    where: 'structure',
    verdict: 'waiting-room',
    weight,
    note: 'gives a place in line, and goes on by itself',
  }
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const
const SAID_WAIT =
  /(?:wait|time|attente|espera|attesa|wartezeit|wachttijd)\D{0,60}?(\d{1,4}) ?(?:-|to|\u00e2\u0080\u0093)? ?(\d{1,4})? ?(s(?:ec|ek)|m(?:in|\b)|h(?:our|r|eure|ora)|stunde|uur)/
const DATA_WAIT = /"(?:waittime|estimatedwait(?:time)?)"\s?:\s?"?(\d{1,5})/
const DATA_AGAIN = /"refreshintervalseconds"\s?:\s?(\d{1,5})/
const MAX_WAIT_MS = 24 * 3_600_000

/** How long a waiting room says that it takes, and when it is to be asked again. */
export function readWait(
  facts: HtmlFacts | null,
  retryAfterMs: number | undefined,
): { readonly estimatedWaitMs?: number; readonly askAgainMs?: number } {
  const asked = DATA_AGAIN.exec(facts?.text ?? '')?.[1]
  const askAgainMs = facts?.refreshMs ?? (asked === undefined ? retryAfterMs : Number(asked) * 1_000)
  const estimatedWaitMs = facts === null ? undefined : estimatedWait(facts.text)
  return {
    ...(estimatedWaitMs === undefined ? {} : { estimatedWaitMs }),
    ...(askAgainMs === undefined ? {} : { askAgainMs }),
  }
}

function estimatedWait(text: string): number | undefined {
  const said = SAID_WAIT.exec(text)
  if (said) {
    const unit =
      said[3]?.startsWith('s') && !said[3].startsWith('st') ? 's' : said[3]?.startsWith('m') ? 'm' : 'h'
    return Math.min(MAX_WAIT_MS, Number(said[2] ?? said[1]) * UNITS[unit])
  }
  if (/less than (?:a|one) minute/.test(text)) return UNITS.m
  const data = DATA_WAIT.exec(text)
  return data ? Math.min(MAX_WAIT_MS, Number(data[1]) * UNITS.m) : undefined
}

function anyOf(english: RegExp, others: string): RegExp {
  const words = others.split(' | ').flatMap(spellings)
  return new RegExp(
    [english.source, ...new Set(words.map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')))].join(
      '|',
    ),
  )
}
