import type { ErrorCode } from "@conclave/protocol";
import { LearnerSessions, type LearnerSessionsOptions } from "./learner-sessions.js";
import type { Session } from "./session.js";
import { type PossibleLearner, SessionAuthority, type SessionLimits } from "./session-authority.js";

/** Timeout and owner of a session that was local. */
export interface Upgraded<Owner> {
  readonly timeoutMs: number;
  readonly owner: Owner | undefined;
}

/** Sessions that this server alone knows, beside those of the ensemble; the two never have an id in common. */
export interface WithLocalSessions<Owner extends object & PossibleLearner> {
  readonly local: SessionAuthority<Owner>;
}

/** Returns a local session that is none any more from now on; `undefined` if it is not local. The caller makes it global. */
export function takeLocal<Owner extends object & PossibleLearner>(
  { local }: WithLocalSessions<Owner>,
  id: bigint,
): Upgraded<Owner> | undefined {
  const session = local.get(id);
  if (session === undefined) return undefined;
  local.remove(id);
  return { timeoutMs: session.timeoutMs, owner: local.ownerOf(session) };
}

/** Ends the local sessions that have expired, with their connections. Call at least once a tick. */
export function endExpired<Owner extends PossibleLearner & { end(): void }>(
  { local }: WithLocalSessions<Owner>,
  now: number,
  onExpired: () => void,
): void {
  for (const session of local.expire(now)) {
    onExpired();
    local.remove(session.id);
    local.ownerOf(session)?.end();
  }
}

export interface LocalSessionsOptions extends SessionLimits {
  /** Upper byte of the ids of this server's sessions. */
  readonly serverId: number;
}

/** Sessions of a learner, with local ones (LearnerSessionTracker). Pure. States are in SPEC.md. */
export class LearnerSessionsWithLocal<Owner extends object & PossibleLearner>
  extends LearnerSessions<Owner>
  implements WithLocalSessions<Owner>
{
  readonly local: SessionAuthority<Owner>;

  constructor(options: LearnerSessionsOptions, limits: SessionLimits, now: number) {
    super(options);
    this.local = new SessionAuthority(limits, options.firstId, now, options.passwordOf);
  }

  override byExpiry() {
    return this.local.byExpiry();
  }

  override touch(session: Session, now = 0): void {
    const local = this.local.get(session.id);
    if (local === undefined) super.touch(session);
    else this.local.touch(local, now);
  }

  override refusalOf(id: bigint): ErrorCode | undefined {
    return this.local.get(id) === undefined ? super.refusalOf(id) : this.local.refusalOf(id);
  }

  override attach(id: bigint, owner: Owner): Owner | undefined {
    return this.local.get(id) === undefined ? super.attach(id, owner) : this.local.attach(id, owner);
  }

  override detach(id: bigint, owner: Owner): void {
    if (this.local.get(id) === undefined) super.detach(id, owner);
    else this.local.detach(id, owner);
  }
}

/** Sessions of a leader, with local ones of its own clients (LeaderSessionTracker). Pure. States are in SPEC.md. */
export class AuthorityWithLocal<Owner extends object & PossibleLearner>
  extends SessionAuthority<Owner>
  implements WithLocalSessions<Owner>
{
  readonly local: SessionAuthority<Owner>;
  readonly #serverId: bigint;

  constructor(limits: LocalSessionsOptions, firstId: bigint, now: number, passwordOf?: (id: bigint) => Uint8Array) {
    super(limits, firstId, now, passwordOf);
    this.local = new SessionAuthority(limits, firstId, now, passwordOf);
    this.#serverId = BigInt(limits.serverId);
  }

  override byExpiry() {
    return [...super.byExpiry(), ...this.local.byExpiry()].sort(([a], [b]) => a - b);
  }

  override touch(session: Session, now: number): void {
    const own = this.local.get(session.id);
    if (own !== undefined) return this.local.touch(own, now);
    // The connection of a session that was local has the object of that time.
    super.touch(this.get(session.id) ?? session, now);
  }

  /** A session that this server does not know may be a local one of the learner that forwards the write. */
  override refusalOf(id: bigint, learner?: Owner): ErrorCode | undefined {
    if (this.local.get(id) !== undefined) return this.local.refusalOf(id);
    const isForeign = learner !== undefined && serverOf(id) !== this.#serverId;
    return isForeign && this.get(id) === undefined ? undefined : super.refusalOf(id, learner);
  }

  override attach(id: bigint, owner: Owner): Owner | undefined {
    return this.local.get(id) === undefined ? super.attach(id, owner) : this.local.attach(id, owner);
  }

  override detach(id: bigint, owner: Owner): void {
    if (this.local.get(id) === undefined) super.detach(id, owner);
    else this.local.detach(id, owner);
  }
}

const serverOf = (id: bigint): bigint => BigInt.asUintN(64, id) >> 56n;
