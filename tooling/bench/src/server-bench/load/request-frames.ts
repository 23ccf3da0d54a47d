import {
  CreateMode,
  closeSession,
  create,
  getData,
  JuteWriter,
  OPEN_ACL_UNSAFE,
  type Operation,
  PASSWORD_BYTES,
  setData,
  writeConnectRequest,
  writeRequestHeader,
} from "@conclave/protocol";

/** Size of a znode's data. */
export const VALUE_BYTES = 100;

const VALUE = new Uint8Array(VALUE_BYTES).fill("v".charCodeAt(0));
/** Long enough that no session sends a ping during a measurement. */
const SESSION_TIMEOUT_MS = 60_000;
const SOME_XID = 1;

function frame(write: (out: JuteWriter) => void): Uint8Array {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return out.take();
}

function request<Request>(operation: Operation<Request, unknown>, body: Request): Uint8Array {
  return frame((out) => {
    writeRequestHeader(out, SOME_XID, operation.type);
    operation.writeRequest(out, body);
  });
}

/** Request for a new session. */
export const HANDSHAKE: Uint8Array = frame((out) =>
  writeConnectRequest(out, {
    protocolVersion: 0,
    lastZxidSeen: 0n,
    timeoutMs: SESSION_TIMEOUT_MS,
    sessionId: 0n,
    password: new Uint8Array(PASSWORD_BYTES),
    readOnly: false,
  }),
);

export const CLOSE: Uint8Array = request(closeSession, undefined);

/** Encodes a getData request; with `watch` it leaves a watch. */
export const getFrame = (path: string, watch = false): Uint8Array => request(getData, { path, watch });

export const setFrame = (path: string): Uint8Array => request(setData, { path, data: VALUE, version: -1 });

export const createFrame = (path: string): Uint8Array =>
  request(create, { path, data: VALUE, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });
