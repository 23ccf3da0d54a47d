import type { ConnectResponse } from "@conclave/protocol";
import { expect, it } from "vitest";
import { judgeHandshake, noSession } from "./session-identity.js";

const answer = (sessionId: bigint, timeoutMs: number, readOnly = false): ConnectResponse => ({
  protocolVersion: 0,
  timeoutMs,
  sessionId,
  password: new Uint8Array(16),
  readOnly,
});
const mine = { ...noSession(10_000), id: -5n };

it.each([
  ["the requested session continues", mine, answer(-5n, 8_000), "attached"],
  ["a new session is created if none was requested", noSession(10_000), answer(9n, 8_000), "attached"],
  ["a timeout of 0 means that the session has expired", mine, answer(0n, 0), "expired"],
  ["a timeout of 0 means so with the session's own id, too", mine, answer(-5n, 0), "expired"],
  ["another session than the requested one means that it has expired", mine, answer(9n, 8_000), "expired"],
  ["no session in answer to no session is invalid", noSession(10_000), answer(0n, 0), "invalid"],
  ["a session without an id is invalid", noSession(10_000), answer(0n, 8_000), "invalid"],
  ["a negative timeout is invalid", noSession(10_000), answer(9n, -1), "invalid"],
  ["a read-only server attaches no session", noSession(10_000), answer(9n, 8_000, true), "readOnly"],
  ["a read-only server does not end the session that it does not know", mine, answer(0n, 0, true), "readOnly"],
] as const)("%s", (_name, requested, response, verdict) => {
  expect(judgeHandshake(requested, response)).toBe(verdict);
});

it("the identity for a new session has the id 0 and a password of zeros", () => {
  expect(noSession(9_000)).toEqual({ id: 0n, password: new Uint8Array(16), timeoutMs: 9_000 });
});
