import type { Cookie, PartitionKey, Priority, SameSite, SourceScheme } from '../cookie.ts'
import { cookieId } from '../entry.ts'
import { type LogicalTime, type Stamp, timeToMs } from '../stamp.ts'
import { ownText, sharedName } from '../texts.ts'
import { samePartition } from './partition.ts'
import { sharedTraits, type Traits } from './traits.ts'

/** For cookies that a jar is given by hand. */
const UNSTAMPED: Stamp = { time: 0, writer: '' }

/**
 * A cookie in a jar, with its stamp and the jar's own notes. It takes a fraction of the memory of a plain one: what
 * cookies have in common is held once for all sessions. It stays in the jar; `plain()` makes a copy for others.
 */
export class LiveCookie implements Cookie {
  readonly name: string
  readonly value: string
  readonly expiresAt: number | null
  readonly created: LogicalTime
  readonly traits: Traits
  /** Of the stamp, since the creation: a small number takes no room of its own. */
  #stampedAfter: number
  #writer: string
  /** Undefined when it is the time of creation. */
  #lastAccess: number | undefined

  /** @param lastAccess - epoch milliseconds; default: when it was made */
  constructor(cookie: Cookie, stamp: Stamp = UNSTAMPED, lastAccess?: number) {
    this.name = sharedName(cookie.name)
    this.value = ownText(cookie.value)
    this.expiresAt = cookie.expiresAt
    this.created = cookie.created
    this.traits = sharedTraits(cookie)
    this.#stampedAfter = stamp.time - cookie.created
    this.#writer = stamp.writer
    this.#lastAccess = lastAccess
  }

  get domain(): string {
    return this.traits.domain
  }
  get hostOnly(): boolean {
    return this.traits.hostOnly
  }
  get path(): string {
    return this.traits.path
  }
  get secure(): boolean {
    return this.traits.secure
  }
  get httpOnly(): boolean {
    return this.traits.httpOnly
  }
  get sameSite(): SameSite {
    return this.traits.sameSite
  }
  get priority(): Priority {
    return this.traits.priority
  }
  get partitionKey(): PartitionKey | null {
    return this.traits.partitionKey
  }
  get sourceScheme(): SourceScheme {
    return this.traits.sourceScheme
  }
  get sourcePort(): number {
    return this.traits.sourcePort
  }

  get id(): string {
    return cookieId(this)
  }

  get stamp(): Stamp {
    return { time: this.created + this.#stampedAfter, writer: this.#writer }
  }
  set stamp(stamp: Stamp) {
    this.#stampedAfter = stamp.time - this.created
    this.#writer = stamp.writer
  }

  /** The cookie itself, as part of a `UsedCookie`. */
  get cookie(): Cookie {
    return this
  }

  /** Epoch milliseconds of the last time it was set or sent. */
  get lastAccess(): number {
    return this.#lastAccess ?? timeToMs(this.created)
  }
  set lastAccess(at: number) {
    this.#lastAccess = at
  }

  /** The cookie by itself. */
  plain(): Cookie {
    const { domain, hostOnly, path, secure, httpOnly, sameSite, priority, partitionKey } = this.traits
    const { name, value, expiresAt, created } = this
    const { sourceScheme, sourcePort } = this.traits
    return {
      name,
      value,
      domain,
      hostOnly,
      path,
      secure,
      httpOnly,
      sameSite,
      priority,
      partitionKey,
      expiresAt,
      sourceScheme,
      sourcePort,
      created,
    }
  }

  /** Whether this is the cookie with the other's id. */
  isTwinOf(other: Cookie): boolean {
    return (
      this.name === other.name &&
      this.domain === other.domain &&
      this.hostOnly === other.hostOnly &&
      this.path === other.path &&
      samePartition(this.partitionKey, other.partitionKey)
    )
  }

  /** Whether the other is equal in everything; both have one id. */
  equals(other: Cookie): boolean {
    return (
      this.value === other.value &&
      this.secure === other.secure &&
      this.httpOnly === other.httpOnly &&
      this.sameSite === other.sameSite &&
      this.priority === other.priority &&
      this.expiresAt === other.expiresAt &&
      this.sourceScheme === other.sourceScheme &&
      this.sourcePort === other.sourcePort &&
      this.created === other.created
    )
  }
}
