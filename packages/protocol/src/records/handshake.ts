import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";

/** Bytes of a session's password. */
export const PASSWORD_BYTES = 16;

/**
 * ConnectRequest {int protocolVersion = 0, long lastZxidSeen, int timeOut, long sessionId, buffer passwd, [bool readOnly]}:
 * the first frame of a connection. Clients before 3.4 leave the last byte out.
 */
export interface ConnectRequest {
  readonly protocolVersion: number;
  /** The last transaction that the client has seen: a server with an older state closes the connection. */
  readonly lastZxidSeen: bigint;
  /** The session timeout asked for, in milliseconds. */
  readonly timeoutMs: number;
  /** The session to resume; 0 for a new one. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** True if the client accepts a read-only server; `undefined` if the byte is absent. */
  readonly readOnly: boolean | undefined;
}

/** Writes 44 bytes, or 45 with `readOnly`, for a password of full length. */
export function writeConnectRequest(out: JuteWriter, request: ConnectRequest): void {
  out.writeInt(request.protocolVersion);
  out.writeLong(request.lastZxidSeen);
  out.writeInt(request.timeoutMs);
  out.writeLong(request.sessionId);
  out.writeBuffer(request.password);
  if (request.readOnly !== undefined) out.writeBool(request.readOnly);
}

/** Reads a request; the password is a copy and may have any length. @throws ProtocolError where the bytes end too early. */
export function readConnectRequest(input: JuteReader): ConnectRequest {
  return {
    protocolVersion: input.readInt(),
    lastZxidSeen: input.readLong(),
    timeoutMs: input.readInt(),
    sessionId: input.readLong(),
    password: copied(input.readBuffer()),
    readOnly: input.remaining > 0 ? input.readBool() : undefined,
  };
}

/**
 * ConnectResponse {int protocolVersion = 0, int timeOut, long sessionId, buffer passwd, [bool readOnly]}. The last byte is
 * there if the request had it. A timeout of 0 means that the session has expired.
 */
export interface ConnectResponse {
  readonly protocolVersion: number;
  /** The session timeout that the server grants, in milliseconds; 0: the session has expired. */
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly readOnly: boolean | undefined;
}

/** Writes 36 bytes, or 37 with `readOnly`, for a password of full length. */
export function writeConnectResponse(out: JuteWriter, response: ConnectResponse): void {
  out.writeInt(response.protocolVersion);
  out.writeInt(response.timeoutMs);
  out.writeLong(response.sessionId);
  out.writeBuffer(response.password);
  if (response.readOnly !== undefined) out.writeBool(response.readOnly);
}

/** Reads a response; the password is a copy. @throws ProtocolError if the bytes end too early or the password is too long. */
export function readConnectResponse(input: JuteReader): ConnectResponse {
  return {
    protocolVersion: input.readInt(),
    timeoutMs: input.readInt(),
    sessionId: input.readLong(),
    password: readPassword(input),
    readOnly: input.remaining > 0 ? input.readBool() : undefined,
  };
}

function readPassword(input: JuteReader): Uint8Array {
  const view = input.readBuffer();
  if (view !== null && view.length > PASSWORD_BYTES) {
    throw new ProtocolError("malformed", `a password of ${view.length} bytes`);
  }
  return copied(view);
}

/** Returns a copy, as passwords outlive the frame. Java sends null for no password. */
function copied(view: Uint8Array | null): Uint8Array {
  return view === null ? new Uint8Array(PASSWORD_BYTES) : Uint8Array.from(view);
}
