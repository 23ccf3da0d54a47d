import { connect } from "node:net";
import { type ConnectResponse, JuteWriter, OpCode, writeConnectRequest, writeRequestHeader } from "@conclave/protocol";
import { pause, systemClock } from "@conclave/runtime";

/** Options of {@link takeOverSession}. */
export interface TakeOver {
  /** Time to keep the session on the other connection, in milliseconds. */
  readonly holdMs: number;
  /** Ends the session if true; else only the connection. */
  readonly ends: boolean;
}

/**
 * Resumes a client's session on another connection to the server, as a second process with the same session id and password
 * would, then closes that connection. Never rejects, also if the server is down or does not know the session.
 */
export async function takeOverSession(
  server: string,
  session: ConnectResponse,
  { holdMs, ends }: TakeOver,
): Promise<void> {
  const [host, port] = server.split(":") as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const answered = new Promise<void>((resolve) => socket.once("data", () => resolve()));
  // The event "close" follows.
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
  await Promise.race([answered, closed, pause(systemClock, session.timeoutMs)]);
  if (ends) socket.write(frame((out) => writeRequestHeader(out, 1, OpCode.closeSession)));
  await Promise.race([closed, pause(systemClock, holdMs)]);
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
