import type { ConnectRequest } from "@conclave/protocol";
import type { WritePath } from "../pipeline/write-request.js";
import type { Session, Sessions } from "../sessions/session.js";

/** The connection that serves a session; on a leader, also a learner whose client it is. */
export interface SessionOwner {
  /** True for a learner: the client is connected to another server. */
  readonly isLearner?: boolean | undefined;
  /** Sends the written output, then closes. Has no effect on a learner. */
  end(): void;
  /** Closes at once. Has no effect on a learner. */
  destroy(): void;
}

/** The part of a server that depends on its place in the ensemble. It works on a database that outlives it. */
export interface Role extends WritePath {
  /** Mode that `srvr` and others report. */
  readonly mode: "standalone" | "leader" | "follower" | "observer" | "looking" | "read-only";
  readonly sessions: Sessions<SessionOwner>;
  /** Number of writes that are not answered yet. */
  readonly outstanding: number;
  /** Number of writes that a quota refused. */
  readonly quotaRefusals: number;
  /** Opens a session with the requested timeout, brought within the limits. Calls `opened` when the session is on record. */
  openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void;
  /** Resumes a session. Calls `resumed` with `undefined` if the session is unknown or closing, or the password is wrong. */
  resumeSession(request: ResumeRequest, resumed: (session: Session | undefined) => void): void;
  /** Number of sessions that only this server knows. @default 0 */
  readonly localSessions?: number | undefined;
  /** Returns true for a session of this server alone; missing in a role whose sessions are all of the ensemble. */
  isOwnSession?(sessionId: bigint): boolean;
  /** Does the work of each tick, such as closing the sessions that have expired. */
  tick(): void;
  /** Starts the timers of its own. */
  start(): void;
  /** Stops the timers. */
  stop(): void;
  /** Resolves when nothing is outstanding and no snapshot is being written, or when the log cannot be written any more. */
  drain(): Promise<void>;
}

export type ResumeRequest = Pick<ConnectRequest, "sessionId" | "password" | "timeoutMs">;
