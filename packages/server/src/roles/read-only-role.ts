import { OpCode } from "@conclave/protocol";
import type { Database } from "../database/database.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { Waiter } from "../pipeline/write-request.js";
import type { Session } from "../sessions/session.js";
import { SessionAuthority } from "../sessions/session-authority.js";
import { initialSessionId } from "../sessions/session-id.js";
import type { TxnResult } from "../tree/txn.js";
import type { ResumeRequest, Role, SessionOwner } from "./role.js";

export interface ReadOnlyRoleParts {
  /** This server's id in the ensemble: the upper byte of the session ids that it makes. */
  readonly serverId: number;
  readonly database: Database;
  readonly options: ResolvedServerOptions;
  /** Derives the password of a session from its id. */
  readonly passwordOf: (sessionId: bigint) => Uint8Array;
  /** Called after clients were answered: the time to send the replies. */
  readonly onBatchApplied: () => void;
  /** Called for each session that expires. */
  readonly onSessionExpired: () => void;
}

/**
 * Role of a member that has found no leader for a while (ReadOnlyZooKeeperServer): it reads for clients that accept a state
 * that may be old. Its sessions are its own, and end with the role; nothing is written.
 */
export class ReadOnlyRole implements Role {
  readonly #parts: ReadOnlyRoleParts;
  readonly mode = "read-only";
  readonly outstanding = 0;
  readonly quotaRefusals = 0;
  readonly sessions: SessionAuthority<SessionOwner>;

  constructor(parts: ReadOnlyRoleParts) {
    const { serverId, options, passwordOf } = parts;
    const { clock } = options;
    this.#parts = parts;
    this.sessions = new SessionAuthority(
      options,
      initialSessionId(serverId, clock.wallTime()),
      clock.now(),
      passwordOf,
    );
  }

  openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void {
    opened(this.sessions.create(requestedTimeoutMs, this.#parts.options.clock.now()));
  }

  /** Sessions of the ensemble cannot be resumed here: `isOwnSession` is asked before. */
  resumeSession(
    { sessionId, password, timeoutMs }: ResumeRequest,
    resumed: (session: Session | undefined) => void,
  ): void {
    resumed(this.sessions.resume(sessionId, password, timeoutMs, this.#parts.options.clock.now()));
  }

  /** Returns true for a session that this role has opened. */
  isOwnSession(sessionId: bigint): boolean {
    return this.sessions.get(sessionId) !== undefined;
  }

  closeSession(sessionId: bigint, _cxid: number, waiter: Waiter): void {
    const { database, onBatchApplied } = this.#parts;
    this.sessions.markClosing(sessionId);
    this.sessions.remove(sessionId);
    waiter.applied(CLOSED, database.tree.lastZxid);
    onBatchApplied();
  }

  /** Writes are refused before they come here (`RequestHandler`). */
  submit(): never {
    throw new Error("a read-only server takes no writes");
  }

  sync(): never {
    throw new Error("a read-only server takes no sync");
  }

  tick(): void {
    const { options, onSessionExpired } = this.#parts;
    for (const session of this.sessions.expire(options.clock.now())) {
      onSessionExpired();
      this.sessions.remove(session.id);
      this.sessions.ownerOf(session)?.end();
    }
  }

  start(): void {}
  stop(): void {}
  async drain(): Promise<void> {}
}

const CLOSED: TxnResult = { type: OpCode.closeSession, err: 0 };
