import { type ConnectRequest, OpCode, PASSWORD_BYTES, writeConnectResponse } from "@conclave/protocol";
import type { Session } from "../sessions/session.js";
import type { Connection } from "./connection.js";

/** Answers a ConnectRequest: here is your session. */
export function acceptSession(
  connection: Connection,
  request: ConnectRequest,
  session: Session,
  moment: { readonly now: number; readonly zxid: bigint },
): void {
  reply(connection, request, session.timeoutMs, session.id, session.password);
  connection.statistics.answered(OpCode.createSession, 0, moment.zxid, moment.now, 0);
  connection.established(session);
}

/** Answers that the session to re-attach to has expired, or never was, and closes. */
export function refuseSession(connection: Connection, request: ConnectRequest): void {
  reply(connection, request, 0, 0n, new Uint8Array(PASSWORD_BYTES));
  connection.end();
}

/** The last byte of the reply is there if the client's request had it: clients before 3.4 do not know it. */
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
