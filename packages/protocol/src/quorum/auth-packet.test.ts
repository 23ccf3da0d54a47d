import { expect, test } from "vitest";
import { fromHex, toHex } from "../golden/hex.js";
import { QUORUM_AUTH_MAGIC_BYTE, QuorumAuthDecoder, QuorumAuthStatus, quorumAuthBytes } from "./auth-packet.js";

// The magic number, the status and the token's length of QuorumAuthPacket.
const IN_PROGRESS = "5f24350135 01edcc 00000000 00000003 616263".replaceAll(" ", "");

test("a packet of an authentication has Apache's bytes, and begins with a byte that no other packet begins with", () => {
  const bytes = quorumAuthBytes(QuorumAuthStatus.IN_PROGRESS, new TextEncoder().encode("abc"));
  expect(toHex(bytes)).toBe(IN_PROGRESS);
  expect(bytes[0]).toBe(QUORUM_AUTH_MAGIC_BYTE);
});

test("packets of an authentication are read from a stream that is cut anywhere, and the rest is kept", () => {
  const success = quorumAuthBytes(QuorumAuthStatus.SUCCESS, new Uint8Array(0));
  const stream = [...fromHex(IN_PROGRESS), ...success, 1, 2];
  const decoder = new QuorumAuthDecoder();
  const packets = stream.flatMap((byte) => {
    decoder.push(Uint8Array.of(byte));
    return decoder.next() ?? [];
  });
  expect(packets).toEqual([
    { status: QuorumAuthStatus.IN_PROGRESS, token: new TextEncoder().encode("abc") },
    { status: QuorumAuthStatus.SUCCESS, token: new Uint8Array(0) },
  ]);
  expect([...decoder.rest]).toEqual([1, 2]);
});

test("a packet of an authentication may have no token", () => {
  const decoder = new QuorumAuthDecoder();
  decoder.push(fromHex(`${IN_PROGRESS.slice(0, 24)}ffffffff`));
  expect(decoder.next()).toEqual({ status: QuorumAuthStatus.IN_PROGRESS, token: null });
});

test.each([
  ["another packet", `00${IN_PROGRESS.slice(2)}`, "another packet than one of an authentication"],
  ["a token that is too long", `${IN_PROGRESS.slice(0, 24)}00001001`, "a token of 4097 bytes"],
  ["a token of a negative length", `${IN_PROGRESS.slice(0, 24)}fffffffe`, "a token of -2 bytes"],
])("an authentication ends with %s", (_, hex, message) => {
  const decoder = new QuorumAuthDecoder();
  decoder.push(fromHex(hex));
  expect(() => decoder.next()).toThrow(message);
});
