import { hasDisplay } from '../../browser/index.ts'
import { type Broker, type BrokerOptions, openBroker, type Session } from '../../client/index.ts'
import { ignore, parseHttpUrl } from '../../core/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError, EXIT } from '../exit-codes.ts'
import { showByLink } from '../open/by-link.ts'
import { openTab, openWindow, readProfile } from '../open/page-of-person.ts'
import type { Values } from '../options/option.ts'
import { parseCommand } from '../options/parse-command.ts'
import { takeWords } from '../options/values.ts'
import { printable, printableJson } from '../printable.ts'
import { openSpec } from '../specs/open.ts'
import { untilAsked } from '../until-asked.ts'
import { UsageError } from '../usage-error.ts'
import { NAMED_SESSIONS, warnOf } from '../with-store.ts'

type Flags = Values<typeof openSpec.options>

/** The result for the session. */
interface Kept {
  readonly cookies: number
  /** Whether it was blocked at the origin of the URL, and goes on. */
  readonly unblocked: boolean
  /** Why nobody has done anything; null where somebody may have. */
  readonly failure: CommandError | null
  /** Where its pages were. */
  readonly origins: ReadonlySet<string>
}

const NO_DISPLAY =
  'A window needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. With --link the page can be seen in a browser elsewhere; or use xvfb-run, or --cdp'

/** `onejar open URL --session NAME`. */
export const openCommand: Command = {
  spec: openSpec,
  async run(args, context) {
    const { values, words } = parseCommand(args, openSpec, context.messages)
    const [word = ''] = takeWords(words, 'the URL')
    const url = parseHttpUrl(word.includes('://') ? word : `https://${word}`)
    const id = fitting(values)
    const { cdp, link = false, profile, json } = values
    if (cdp === undefined && !link && !hasDisplay()) throw new CommandError(NO_DISPLAY, EXIT.browser)
    let kept = await inSession(id, values, context, link, (session, broker) =>
      letPersonWork(session, broker, url, values, context),
    )
    // A profile's browser ends with its window: the last moment before is in the profile, and not in the session yet.
    if (profile !== undefined && !link) {
      const { origins, ...rest } = kept
      kept = await inSession(id, values, context, true, async (session) => {
        await readProfile(session, origins)
        return { ...rest, origins, cookies: session.cookies.all().length }
      })
    }
    const { cookies, unblocked, failure } = kept
    if (failure !== null) throw failure
    const text = `${printable(id)} is kept, with ${cookies} cookies${unblocked ? `; it goes on at ${url.origin}` : ''}`
    await context.stdout.write(`${json ? printableJson({ session: id, cookies, unblocked }, 0) : text}\n`)
    return EXIT.ok
  },
}

/** @returns the session's name. @throws UsageError for flags that do not go together */
function fitting(flags: Flags): string {
  const { session, cdp, profile, channel, proxy, insecure, link } = flags
  if (session === undefined) throw new UsageError('name the session with --session: it is what is kept')
  const started = profile !== undefined || channel !== undefined
  if (cdp !== undefined && (started || proxy !== undefined || insecure))
    throw new UsageError('--cdp takes a browser as it runs: leave --profile, --channel, -x and -k out')
  if (profile !== undefined && (proxy !== undefined || insecure))
    throw new UsageError('--profile has its own proxy and certificates: leave -x and -k out')
  const forLink = flags.host ?? flags.port ?? flags['public-url']
  if (!link && forLink !== undefined) throw new UsageError('--host, --port and --public-url are for --link')
  const reached = flags['public-url']
  if (reached !== undefined && !/^https?:$/.test(URL.parse(reached)?.protocol ?? ''))
    throw new UsageError('--public-url is no http: or https: URL')
  return session
}

async function inSession(
  id: string,
  flags: Flags,
  { messages }: CommandContext,
  headless: boolean,
  work: (session: Session, broker: Broker) => Promise<Kept>,
): Promise<Kept> {
  const options = { ...brokerOptions(flags, headless), onWarning: warnOf(messages) }
  const broker = await openBroker(options, NAMED_SESSIONS)
  try {
    const tenant = flags.tenant === undefined ? {} : { tenant: flags.tenant }
    return await work(await broker.session(id, tenant), broker)
  } finally {
    await broker.close()
  }
}

function brokerOptions(flags: Flags, headless: boolean): BrokerOptions {
  const { store, profile, channel, proxy, insecure, cdp } = flags
  return {
    // Where a person goes, no robot does.
    robots: false,
    ...(store === undefined ? {} : { store: { target: store, whenAway: 'refuse' as const } }),
    ...(proxy === undefined ? {} : { proxy: proxy.includes('://') ? proxy : `http://${proxy}` }),
    ...(insecure ? { ignoreHTTPSErrors: true } : {}),
    // What a person sees fills the window; of a profile it is the profile's to say.
    ...(profile === undefined && cdp === undefined && !headless
      ? { contextOptions: { viewport: null } }
      : {}),
    browser: {
      headless,
      ...(channel === undefined ? {} : { channel }),
      ...(profile === undefined ? {} : { userDataDir: profile }),
    },
  }
}

async function letPersonWork(
  session: Session,
  broker: Broker,
  url: URL,
  flags: Flags,
  context: CommandContext,
): Promise<Kept> {
  const { cdp, link, silent } = flags
  const shown = cdp === undefined ? await openWindow(session) : await openTab(session, cdp)
  let failure: CommandError | null = null
  try {
    // What keeps it from loading is there for the person to see.
    void shown.page.goto(url.href, { waitUntil: 'commit', timeout: 0 }).catch(ignore)
    if (link) failure = await showByLink(shown, { broker, session, url }, flags, context)
    else {
      const what = cdp === undefined ? 'window' : 'tab'
      if (!silent)
        context.messages.say(`onejar: close the ${what} when you are done; the session is kept then`)
      await Promise.race([shown.closed, untilAsked(context.signal)])
    }
    await session.flush()
  } finally {
    await shown.leave()
  }
  const isBlocked = session.blockedOrigins().some(({ origin }) => origin === url.origin)
  const unblocked = isBlocked && failure === null
  if (unblocked) session.unblock(url)
  await session.flush()
  return { cookies: session.cookies.all().length, unblocked, failure, origins: shown.origins }
}
