import { expect, it } from "vitest";
import { isRevocationRequest } from "./revocation.js";

it("a request for revocation is the text that Curator writes, and no other data", () => {
  const bytes = Buffer.from("..__REVOKE__..");
  expect(isRevocationRequest(new Uint8Array(bytes.buffer, bytes.byteOffset + 2, 10))).toBe(true);
  expect([null, Buffer.alloc(0), bytes, Buffer.from("__REVOKE_")].map(isRevocationRequest)).toEqual([
    ...[false, false, false, false],
  ]);
});
