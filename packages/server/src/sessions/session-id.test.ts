import { describe, expect, it } from "vitest";
import { initialSessionId, samePassword, sessionPassword } from "./session-id.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("session ids", () => {
  it("carry the server's id in the upper byte and the time below", () => {
    expect(initialSessionId(1, 0x0123_4567)).toBe(0x0100_0123_4567_0000n);
    expect(initialSessionId(0, 0xab_cdef_0123) >> 56n).toBe(0n);
  });

  it("are negative for servers from 128 on, as Java's are", () => {
    expect(initialSessionId(128, 1)).toBeLessThan(0n);
    expect(BigInt.asUintN(64, initialSessionId(200, 1)) >> 56n).toBe(200n);
  });
});

describe("session passwords", () => {
  // ConnectResponses of an Apache ZooKeeper 3.8.0 to new sessions, as recorded in packages/protocol/golden.
  it.each([
    ["0x0100002113dd0000", "f97fdace92642316ffc905342b64a848"],
    ["0x0100002113dd0001", "0ca1d4ce32b0025bf40c6d5fffecbc15"],
    ["0x0100002113dd0008", "9288abce92c11d3da9e13f8fc8aa4cb1"],
    ["0x0100002113dd000b", "7f67b1cef2753ef8b49ed863f52138e4"],
  ])("are those that Apache makes: session %s", (id, password) => {
    expect(hex(sessionPassword(BigInt.asIntN(64, BigInt(id))))).toBe(password);
  });

  it("compare equal only if all bytes are", () => {
    const password = sessionPassword(1n);
    expect(samePassword(password, Uint8Array.from(password))).toBe(true);
    for (let i = 0; i < password.length; i++) {
      const other = Uint8Array.from(password);
      other[i]! ^= 1;
      expect(samePassword(password, other)).toBe(false);
    }
    expect(samePassword(password, password.slice(0, 8))).toBe(false);
    expect(samePassword(password.slice(0, 8), password)).toBe(false);
  });
});
