import { ErrorCode } from "@conclave/protocol";
import type { Session, Sessions } from "./session.js";
import { samePassword, sessionPassword } from "./session-id.js";
import { grantedTimeout, type TimeoutLimits } from "./session-limits.js";

/** Limits of the session timeout, and the tick that expiry is rounded up to, in milliseconds. */
export interface SessionLimits extends TimeoutLimits {
  readonly tickTimeMs: number;
}

/** True for a learner that serves the session in place of a connection of this server. */
export interface PossibleLearner {
  readonly isLearner?: boolean | undefined;
}

/** A session with the fields that only the authority may change. */
interface KnownSession<Owner> extends Session {
  timeoutMs: number;
  isClosing: boolean;
  /** Time of expiry on the authority's clock, unless the session is touched before. */
  expiresAt: number;
  owner: Owner | undefined;
}

/**
 * The sessions of a server that decides on their expiry. Pure: time is a parameter, in milliseconds on one monotonic clock.
 * States and invariants are in SPEC.md.
 *
 * Expiry is rounded up to whole ticks, so that a sweep looks at one bucket and not at every session (ExpiryQueue).
 */
export class SessionAuthority<Owner extends object & PossibleLearner> implements Sessions<Owner> {
  readonly #limits: SessionLimits;
  readonly #passwordOf: (id: bigint) => Uint8Array;
  readonly #sessions = new Map<bigint, KnownSession<Owner>>();
  readonly #buckets = new Map<number, Set<KnownSession<Owner>>>();
  #nextId: bigint;
  #swept: number;

  /**
   * @param firstId id of the first session that {@link create} makes
   * @param passwordOf derives the password of a session from its id; by default as Apache does
   */
  constructor(limits: SessionLimits, firstId: bigint, now: number, passwordOf = sessionPassword) {
    this.#limits = limits;
    this.#passwordOf = passwordOf;
    this.#nextId = firstId;
    this.#swept = this.#roundUp(now);
  }

  /** Number of sessions, including those that are closing. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Returns the open sessions by the time at which they expire, earliest first. */
  byExpiry(): [expiresAt: number, sessions: ReadonlySet<Session>][] {
    return [...this.#buckets].filter(([, sessions]) => sessions.size > 0).sort(([a], [b]) => a - b);
  }

  get(id: bigint): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Returns the password that a client must present to resume a session. */
  passwordOf(id: bigint): Uint8Array {
    const passwordOf = this.#passwordOf;
    return passwordOf(id);
  }

  /** Makes a session with the next free id; its timeout is brought within the limits. */
  create(requestedTimeoutMs: number, now: number): Session {
    const timeoutMs = grantedTimeout(requestedTimeoutMs, this.#limits);
    while (this.#sessions.has(this.#nextId)) this.#nextId++;
    const session = this.track(this.#nextId, timeoutMs, now);
    this.#nextId++;
    return session;
  }

  /** Adds an existing session, such as one found by recovery; its timeout starts at `now`. */
  track(id: bigint, timeoutMs: number, now: number): Session {
    const session: KnownSession<Owner> = { id, timeoutMs, expiresAt: 0, isClosing: false, owner: undefined };
    this.#sessions.set(id, session);
    this.touch(session, now);
    return session;
  }

  /**
   * Resumes a session with the requested timeout, brought within the limits; returns `undefined` if the session is unknown
   * or closing, or the password is wrong.
   */
  resume(id: bigint, password: Uint8Array, requestedTimeoutMs: number, now: number): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.isClosing || !samePassword(this.passwordOf(id), password)) return undefined;
    session.timeoutMs = grantedTimeout(requestedTimeoutMs, this.#limits);
    this.#expireAt(session, this.#roundUp(now + session.timeoutMs));
    return session;
  }

  /** Confirms that a session of a learner's client still exists; the learner becomes its owner. Returns false otherwise. */
  revalidate(id: bigint, timeoutMs: number, learner: Owner, now: number): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined || session.isClosing) return false;
    session.timeoutMs = timeoutMs;
    session.owner = learner;
    this.#expireAt(session, this.#roundUp(now + timeoutMs));
    return true;
  }

  /** Extends the expiry of a session of this authority after a sign of life. */
  touch(session: Session, now: number): void {
    if (session.isClosing) return;
    const known = session as KnownSession<Owner>;
    const expiresAt = this.#roundUp(now + known.timeoutMs);
    if (expiresAt > known.expiresAt) this.#expireAt(known, expiresAt);
  }

  #expireAt(session: KnownSession<Owner>, expiresAt: number): void {
    this.#buckets.get(session.expiresAt)?.delete(session);
    session.expiresAt = expiresAt;
    const bucket = this.#buckets.get(expiresAt);
    if (bucket === undefined) this.#buckets.set(expiresAt, new Set([session]));
    else bucket.add(session);
  }

  /** Returns the sessions that have expired by `now`, each only once, and marks them as closing. Call at least once a tick. */
  expire(now: number): Session[] {
    const expired: Session[] = [];
    for (; this.#swept <= now; this.#swept += this.#limits.tickTimeMs) {
      const bucket = this.#buckets.get(this.#swept);
      if (bucket === undefined) continue;
      this.#buckets.delete(this.#swept);
      for (const session of bucket) {
        if (session.isClosing) continue;
        session.isClosing = true;
        expired.push(session);
      }
    }
    return expired;
  }

  refusalOf(id: bigint, learner?: Owner): ErrorCode | undefined {
    const session = this.#sessions.get(id);
    // As Apache's standalone server and leader do.
    if (session === undefined) return learner === undefined ? ErrorCode.UNKNOWN_SESSION : ErrorCode.SESSION_EXPIRED;
    if (session.isClosing) return ErrorCode.SESSION_EXPIRED;
    if (learner === undefined) return session.owner?.isLearner === true ? ErrorCode.SESSION_MOVED : undefined;
    // A new leader learns the owners from their requests.
    session.owner ??= learner;
    return session.owner === learner ? undefined : ErrorCode.SESSION_MOVED;
  }

  markClosing(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.isClosing = true;
  }

  /** Forgets a session that has ended. */
  remove(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#buckets.get(session.expiresAt)?.delete(session);
  }

  /** Makes `owner` the one that serves a session, and returns the former one if it is another. */
  attach(id: bigint, owner: Owner): Owner | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    const former = session.owner;
    session.owner = owner;
    return former === owner ? undefined : former;
  }

  /** Ends the ownership of a session, if it is still `owner` that serves it. */
  detach(id: bigint, owner: Owner): void {
    const session = this.#sessions.get(id);
    if (session?.owner === owner) session.owner = undefined;
  }

  /** Returns the owner that serves a session, or served it when it was removed; `undefined` if no client is connected. */
  ownerOf(session: Session): Owner | undefined {
    return (session as KnownSession<Owner>).owner;
  }

  #roundUp(time: number): number {
    const { tickTimeMs } = this.#limits;
    return (Math.floor(time / tickTimeMs) + 1) * tickTimeMs;
  }
}
