import type { Session } from "./session.js";
import { samePassword, sessionPassword } from "./session-id.js";

/** Limits of the session timeout, and the tick that expiry is rounded up to, in milliseconds. */
export interface SessionLimits {
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
}

/**
 * Tracks the open sessions and their expiry times. Pure: the caller passes the time, in milliseconds on one monotonic clock.
 *
 * Expiry is rounded up to whole ticks, so that a sweep looks at a bucket and not at every session (ExpiryQueue): a
 * session expires between its timeout and its timeout + tickTime after its last sign of life.
 */
export class SessionTracker {
  readonly #limits: SessionLimits;
  readonly #passwordOf: (id: bigint) => Uint8Array;
  readonly #sessions = new Map<bigint, Session>();
  readonly #buckets = new Map<number, Set<Session>>();
  #nextId: bigint;
  #swept: number;

  /**
   * @param firstId the id of the first session that {@link create} makes
   * @param passwordOf makes the password of a session from its id, always the same; by default as Apache does
   */
  constructor(limits: SessionLimits, firstId: bigint, now: number, passwordOf = sessionPassword) {
    this.#passwordOf = passwordOf;
    this.#limits = limits;
    this.#nextId = firstId;
    this.#swept = this.#roundUp(now);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The sessions that expire at a time on the tracker's clock, earliest first; those whose end is proposed are left out. */
  byExpiry(): [expiresAt: number, sessions: ReadonlySet<Session>][] {
    return [...this.#buckets].filter(([, sessions]) => sessions.size > 0).sort(([a], [b]) => a - b);
  }

  get(id: bigint): Session | undefined {
    return this.#sessions.get(id);
  }

  /** A new session, its timeout brought within the limits. */
  create(requestedTimeoutMs: number, now: number): Session {
    const timeoutMs = this.#withinLimits(requestedTimeoutMs);
    while (this.#sessions.has(this.#nextId)) this.#nextId++;
    const session = this.track(this.#nextId, timeoutMs, now);
    this.#nextId++;
    return session;
  }

  /** Adds an existing session, such as one found by recovery; its timeout starts at `now`. */
  track(id: bigint, timeoutMs: number, now: number): Session {
    const passwordOf = this.#passwordOf;
    const session: Session = {
      ...{ id, timeoutMs, expiresAt: -1, closing: false },
      // Not kept: most sessions that recovery finds never show it.
      get password() {
        return passwordOf(id);
      },
    };
    this.#sessions.set(id, session);
    this.touch(session, now);
    return session;
  }

  /**
   * Resumes a session with the requested timeout, brought within the limits; returns `undefined` if the session is unknown
   * or closing, or the password is wrong.
   */
  reattach(id: bigint, password: Uint8Array, requestedTimeoutMs: number, now: number): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.closing || !samePassword(session.password, password)) return undefined;
    session.timeoutMs = this.#withinLimits(requestedTimeoutMs);
    this.#expireAt(session, this.#roundUp(now + session.timeoutMs));
    return session;
  }

  /** Extends the session's expiry after a sign of life. */
  touch(session: Session, now: number): void {
    if (session.closing) return;
    const expiresAt = this.#roundUp(now + session.timeoutMs);
    if (expiresAt > session.expiresAt) this.#expireAt(session, expiresAt);
  }

  #expireAt(session: Session, expiresAt: number): void {
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
        session.closing = true;
        expired.push(session);
      }
    }
    return expired;
  }

  /** Marks a session as closing: it accepts no further request. */
  markClosing(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.closing = true;
  }

  /** Forgets a session that has ended. */
  remove(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    const bucket = this.#buckets.get(session.expiresAt);
    bucket?.delete(session);
    if (bucket?.size === 0) this.#buckets.delete(session.expiresAt);
  }

  #withinLimits(timeoutMs: number): number {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#limits;
    return Math.min(Math.max(timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs);
  }

  #roundUp(time: number): number {
    const { tickTimeMs } = this.#limits;
    return (Math.floor(time / tickTimeMs) + 1) * tickTimeMs;
  }
}
