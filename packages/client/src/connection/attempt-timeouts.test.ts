import { expect, it } from "vitest";
import { attemptTimeouts } from "./attempt-timeouts.js";

it("while the session may be alive, each server gets a share of the last third of its timeout", () => {
  const { connectTimeoutMs, handshakeTimeoutMs } = attemptTimeouts(30_000, 5, false);
  expect(connectTimeoutMs).toBe(2_000);
  expect(handshakeTimeoutMs).toBe(2_000);
});

it("the handshake of a new session gets the whole third, because it costs the ensemble a write", () => {
  expect(attemptTimeouts(30_000, 5, true).handshakeTimeoutMs).toBe(10_000);
});

it("a share is at least one second, so that a slow server can answer", () => {
  expect(attemptTimeouts(10_000, 7, false).connectTimeoutMs).toBe(1_000);
  expect(attemptTimeouts(1_200, 3, false).connectTimeoutMs).toBe(400);
  expect(attemptTimeouts(1_200, 3, true).handshakeTimeoutMs).toBe(1_000);
});
