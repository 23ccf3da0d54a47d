import { ErrorCode } from "@conclave/protocol";
import type { Session, Sessions } from "./session.js";
import { samePassword, sessionPassword } from "./session-id.js";

/** A session that a client of this server uses. */
interface ServedSession<Owner> extends Session {
  timeoutMs: number;
  isClosing: boolean;
  owner: Owner | undefined;
}

export interface LearnerSessionsOptions {
  /** Timeouts in milliseconds of all sessions of the ensemble, by id, as far as this server has applied transactions. */
  readonly timeouts: ReadonlyMap<bigint, number>;
  /** Id of the first session that {@link LearnerSessions.newId} makes. */
  readonly firstId: bigint;
  /** Derives the password of a session from its id. @default Apache's way */
  readonly passwordOf?: ((id: bigint) => Uint8Array) | undefined;
}

/**
 * The sessions of a server that follows a leader. The leader alone decides on expiry and ownership; this server collects the
 * signs of life of its clients until the leader asks for them. Pure. States and invariants are in SPEC.md.
 */
export class LearnerSessions<Owner extends object> implements Sessions<Owner> {
  readonly #timeouts: ReadonlyMap<bigint, number>;
  readonly #passwordOf: (id: bigint) => Uint8Array;
  readonly #served = new Map<bigint, ServedSession<Owner>>();
  #touched = new Map<bigint, number>();
  #nextId: bigint;

  constructor({ timeouts, firstId, passwordOf = sessionPassword }: LearnerSessionsOptions) {
    this.#timeouts = timeouts;
    this.#nextId = firstId;
    this.#passwordOf = passwordOf;
  }

  /** Number of sessions of the whole ensemble. */
  get size(): number {
    return this.#timeouts.size;
  }

  /** Returns nothing: only the leader knows when sessions expire. */
  byExpiry(): Iterable<readonly [expiresAt: number, sessions: ReadonlySet<Session>]> {
    return [];
  }

  /** Returns the next id for a session, which the leader is then asked to create. */
  newId(): bigint {
    while (this.#timeouts.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  /** Returns true if this is the password of the session, whether or not the session exists. */
  isPassword(id: bigint, password: Uint8Array): boolean {
    return samePassword(this.passwordOf(id), password);
  }

  passwordOf(id: bigint): Uint8Array {
    const passwordOf = this.#passwordOf;
    return passwordOf(id);
  }

  /** Serves a session that the leader has created or confirmed, with the timeout that it granted. */
  serve(id: bigint, timeoutMs: number): Session {
    const session = this.#served.get(id);
    if (session === undefined) {
      const served: ServedSession<Owner> = { id, timeoutMs, isClosing: false, owner: undefined };
      this.#served.set(id, served);
      return served;
    }
    session.timeoutMs = timeoutMs;
    return session;
  }

  touch(session: Session, _now?: number): void {
    if (!session.isClosing) this.#touched.set(session.id, session.timeoutMs);
  }

  /** Returns the sessions that gave a sign of life since the last call, with their timeouts in milliseconds. */
  takeTouched(): ReadonlyMap<bigint, number> {
    const touched = this.#touched;
    this.#touched = new Map();
    return touched;
  }

  /** Knows only of the closes that this server has submitted or applied: the leader checks each write again. */
  refusalOf(id: bigint): ErrorCode | undefined {
    return this.#served.get(id)?.isClosing === true ? ErrorCode.SESSION_EXPIRED : undefined;
  }

  markClosing(id: bigint): void {
    const session = this.#served.get(id);
    if (session === undefined) return;
    session.isClosing = true;
    this.#touched.delete(id);
  }

  /** Forgets a session whose close was applied, and returns the owner that serves it here, if there is one. */
  remove(id: bigint): Owner | undefined {
    this.markClosing(id);
    const owner = this.#served.get(id)?.owner;
    this.#served.delete(id);
    return owner;
  }

  attach(id: bigint, owner: Owner): Owner | undefined {
    const session = this.#served.get(id);
    if (session === undefined) return undefined;
    const former = session.owner;
    session.owner = owner;
    return former === owner ? undefined : former;
  }

  detach(id: bigint, owner: Owner): void {
    if (this.#served.get(id)?.owner === owner) this.#served.delete(id);
  }
}
