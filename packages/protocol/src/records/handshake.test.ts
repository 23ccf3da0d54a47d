import { expect, test } from "vitest";
import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import {
  type ConnectRequest,
  PASSWORD_BYTES,
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "./handshake.js";

const request: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: 0n,
  timeoutMs: 10_000,
  sessionId: 0n,
  password: new Uint8Array(PASSWORD_BYTES).fill(7),
  readOnly: false,
};

function written(changes: Partial<ConnectRequest> = {}): Uint8Array {
  const out = new JuteWriter();
  writeConnectRequest(out, { ...request, ...changes });
  return out.take();
}

test("the read-only byte is written only if it is given", () => {
  expect(written({ readOnly: undefined })).toHaveLength(44);
  expect(written({ readOnly: false })).toHaveLength(45);
});

test("a password is copied, so that it outlives the frame", () => {
  const bytes = written();
  const { password } = readConnectRequest(new JuteReader(bytes));
  bytes.fill(0);
  expect(password).toStrictEqual(request.password);
});

test("a null password reads as zeros", () => {
  const out = new JuteWriter();
  out.writeRaw(written().subarray(0, 24));
  out.writeBuffer(null);
  expect(readConnectRequest(new JuteReader(out.peek())).password).toStrictEqual(new Uint8Array(PASSWORD_BYTES));
});

test("a password of any length is read from a request", () => {
  const password = new Uint8Array(PASSWORD_BYTES + 1).fill(7);
  expect(readConnectRequest(new JuteReader(written({ password }))).password).toStrictEqual(password);
});

test("a null password in a response reads as zeros", () => {
  const out = new JuteWriter();
  out.writeRaw(new Uint8Array(16));
  out.writeBuffer(null);
  expect(readConnectResponse(new JuteReader(out.peek())).password).toStrictEqual(new Uint8Array(PASSWORD_BYTES));
});

test("a password longer than 16 bytes in a response is refused", () => {
  const out = new JuteWriter();
  writeConnectResponse(out, {
    ...{ protocolVersion: 0, timeoutMs: 4000, sessionId: 1n, readOnly: false },
    password: new Uint8Array(PASSWORD_BYTES + 1),
  });
  const refusal = expect.objectContaining({
    reason: "malformed",
    message: expect.stringContaining("a password of 17 bytes"),
  });
  expect(() => readConnectResponse(new JuteReader(out.peek()))).toThrow(refusal);
});
