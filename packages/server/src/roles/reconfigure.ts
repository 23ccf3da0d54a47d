import {
  ErrorCode,
  errorName,
  JuteReader,
  JuteWriter,
  OpCode,
  type ReconfigRequest,
  reconfig,
} from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { Role } from "./role.js";

/** Refusal of a reconfiguration by the leader. */
export class ReconfigurationError extends Error {
  override readonly name = "ReconfigurationError";
  /** Code of Apache's `reconfig`, such as NEW_CONFIG_NO_QUORUM. */
  readonly code: number;

  constructor(code: number) {
    super(`the leader refused the reconfiguration: ${errorName(code)}; its log has the reason`);
    this.code = code;
  }
}

/** Timeout of the session that the request needs, in milliseconds; it is closed after the answer. */
const SESSION_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 15_000;
const SUPER_USER = { scheme: "super", id: "conclave" };

/**
 * Sends a reconfiguration to the leader as a super user. Resolves with the text of the new configuration. Rejects with a
 * {@link ReconfigurationError} if it is refused, and with another error if there is no leader, or no answer in time.
 */
export function reconfigure(role: Role, request: ReconfigRequest, clock: Clock): Promise<string> {
  if (role.mode === "looking" || role.mode === "read-only") {
    return Promise.reject(new Error("this server has no leader now, so the members cannot be changed"));
  }
  const out = new JuteWriter();
  reconfig.writeRequest(out, request);
  const body = new JuteReader(out.take());
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(ANSWER_TIMEOUT_MS, () => {
      reject(
        new Error(
          `no answer to the reconfiguration within ${ANSWER_TIMEOUT_MS} ms; it may have been made: look at the members`,
        ),
      );
    });
    role.openSession(SESSION_TIMEOUT_MS, ({ id: sessionId }) => {
      role.submit(
        { sessionId, cxid: 1, type: OpCode.reconfig, body, ids: [SUPER_USER] },
        {
          applied: (result) => {
            timer.cancel();
            role.closeSession(sessionId, 2, { applied: () => {} });
            if (result.err !== ErrorCode.OK) return reject(new ReconfigurationError(result.err));
            resolve(new TextDecoder().decode(result.data ?? new Uint8Array()));
          },
        },
      );
    });
  });
}
