import { expect, it } from "vitest";
import { attemptTimeouts } from "./attempt-timeouts.js";

it("gives each server a share of the last third of a session that may be alive", () => {
  const { connectTimeoutMs, handshakeTimeoutMs } = attemptTimeouts(30_000, 5, false);
  expect(connectTimeoutMs).toBe(2_000);
  expect(handshakeTimeoutMs).toBe(2_000);
});

it("waits longer for a new session, which costs the ensemble a write", () => {
  expect(attemptTimeouts(30_000, 5, true).handshakeTimeoutMs).toBe(10_000);
});

it("gives a slow server time when the shares are small", () => {
  expect(attemptTimeouts(10_000, 7, false).connectTimeoutMs).toBe(1_000);
  expect(attemptTimeouts(1_200, 3, false).connectTimeoutMs).toBe(400);
  expect(attemptTimeouts(1_200, 3, true).handshakeTimeoutMs).toBe(1_000);
});
