import {
  type ConnectRequest,
  type ConnectResponse,
  OpCode,
  PASSWORD_BYTES,
  writeConnectResponse,
} from "@conclave/protocol";
import type { Session } from "../sessions/session.js";
import type { Connection } from "./connection.js";

/** Session that is granted to a client. */
export interface GrantedSession {
  readonly session: Session;
  readonly password: Uint8Array;
  /** True if the server takes no writes. */
  readonly isReadOnly: boolean;
}

/** Answers a ConnectRequest with the session that it opened or resumed. */
export function acceptSession(
  connection: Connection,
  request: ConnectRequest,
  { session, password, isReadOnly }: GrantedSession,
  moment: { readonly now: number; readonly zxid: bigint },
): void {
  const { id: sessionId, timeoutMs } = session;
  reply(connection, request, { timeoutMs, sessionId, password, isReadOnly });
  connection.statistics.answered(OpCode.createSession, 0, moment.zxid, moment.now, 0);
  connection.established(session);
}

/** Answers that the session to resume has expired or never existed, and closes the connection. */
export function refuseSession(connection: Connection, request: ConnectRequest): void {
  const password = new Uint8Array(PASSWORD_BYTES);
  reply(connection, request, { timeoutMs: 0, sessionId: 0n, password, isReadOnly: false });
  connection.end();
}

/** The reply has the read-only flag only if the request has it: clients before 3.4 do not know it. */
function reply(
  connection: Connection,
  request: ConnectRequest,
  { isReadOnly, ...granted }: Omit<ConnectResponse, "protocolVersion" | "readOnly"> & { readonly isReadOnly: boolean },
): void {
  const out = connection.output();
  out.beginFrame();
  const readOnly = request.readOnly === undefined ? undefined : isReadOnly;
  writeConnectResponse(out, { ...granted, protocolVersion: 0, readOnly });
  out.endFrame();
}
