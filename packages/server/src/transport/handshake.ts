import { type ConnectRequest, OpCode, PASSWORD_BYTES, writeConnectResponse } from "@conclave/protocol";
import type { Session } from "../sessions/session.js";
import type { Connection } from "./connection.js";

/** Answers a ConnectRequest with the session that it opened or resumed. */
export function acceptSession(
  connection: Connection,
  request: ConnectRequest,
  session: Session,
  password: Uint8Array,
  moment: { readonly now: number; readonly zxid: bigint },
): void {
  reply(connection, request, session.timeoutMs, session.id, password);
  connection.statistics.answered(OpCode.createSession, 0, moment.zxid, moment.now, 0);
  connection.established(session);
}

/** Answers that the session to resume has expired or never existed, and closes the connection. */
export function refuseSession(connection: Connection, request: ConnectRequest): void {
  reply(connection, request, 0, 0n, new Uint8Array(PASSWORD_BYTES));
  connection.end();
}

/** The reply has the read-only flag only if the request has it: clients before 3.4 do not know it. */
function reply(
  connection: Connection,
  request: ConnectRequest,
  timeoutMs: number,
  sessionId: bigint,
  password: Uint8Array,
): void {
  const out = connection.output();
  out.beginFrame();
  writeConnectResponse(out, {
    protocolVersion: 0,
    timeoutMs,
    sessionId,
    password,
    readOnly: request.readOnly === undefined ? undefined : false,
  });
  out.endFrame();
}
