import { connect } from "node:net";
import { type ConnectResponse, JuteWriter, OpCode, writeConnectRequest, writeRequestHeader } from "@conclave/protocol";
import { systemClock } from "@conclave/runtime";

/** What somebody does who has a session's id and password. */
export interface Theft {
  /** How long to keep the session on the other connection, in milliseconds. */
  readonly holdMs: number;
  /** Whether to end the session; otherwise only the connection ends. */
  readonly ends: boolean;
}

/**
 * Attaches a session of somebody else's to a connection straight to the server, as a second process with the same
 * credentials does, and leaves. A server that is not there, or knows no such session, is none of its business.
 */
export async function stealSession(server: string, session: ConnectResponse, { holdMs, ends }: Theft): Promise<void> {
  const [host, port] = server.split(":") as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const answered = new Promise<void>((resolve) => socket.once("data", () => resolve()));
  // "close" follows and says the same.
  socket.on("error", () => {});
  socket.write(
    frame((out) =>
      writeConnectRequest(out, {
        protocolVersion: 0,
        lastZxidSeen: 0n,
        timeoutMs: session.timeoutMs,
        sessionId: session.sessionId,
        password: session.password,
        readOnly: false,
      }),
    ),
  );
  await Promise.race([answered, closed, wait(session.timeoutMs)]);
  if (ends) socket.write(frame((out) => writeRequestHeader(out, 1, OpCode.closeSession)));
  await Promise.race([closed, wait(holdMs)]);
  socket.destroy();
  await closed;
}

function frame(write: (out: JuteWriter) => void): Uint8Array {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return out.take();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(ms, resolve));
}
