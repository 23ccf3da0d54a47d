import { JuteWriter, writeConnectRequest, writeConnectResponse, writeReplyHeader } from "@conclave/protocol";
import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { type CorruptionKind, WireTap } from "./wire-tap.ts";

const frame = (write: (out: JuteWriter) => void): Buffer => {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return Buffer.from(out.take());
};
const session = { sessionId: 7n, password: new Uint8Array(16).fill(1), timeoutMs: 1_000, protocolVersion: 0 };
const reply = (xid: number): Buffer => frame((out) => writeReplyHeader(out, xid, 3n, 0));

it("reads the session and the last zxid of the client from handshakes", () => {
  const seen: bigint[] = [];
  const tap = new WireTap(seededRandom(1), ({ lastZxidSeen }) => seen.push(lastZxidSeen));
  const request = frame((out) => writeConnectRequest(out, { ...session, lastZxidSeen: 9n, readOnly: false }));
  const response = frame((out) => writeConnectResponse(out, { ...session, readOnly: false }));
  expect([tap.change(request, "requests", 0), tap.change(response, "replies", 0)]).toEqual([request, response]);
  expect(seen).toEqual([9n]);
  expect(tap.session).toEqual({ ...session, readOnly: false });
});

it.each<[CorruptionKind, number]>([
  ["wrong xid", 1_000_005],
  ["sent twice", 5],
])("corrupts one reply, and no ping and no other reply: %s", (kind, xid) => {
  const tap = new WireTap(seededRandom(1), () => {});
  let corrupted = 0;
  tap.corruptNext(kind, 1, () => corrupted++);
  expect(tap.change(reply(-2), "replies", 1)).toEqual(reply(-2));
  expect(tap.change(reply(5), "requests", 1)).toEqual(reply(5));
  const changed = Buffer.from(tap.change(reply(5), "replies", 2));
  expect(changed).not.toEqual(reply(5));
  expect([changed.readInt32BE(4), corrupted]).toEqual([xid, 1]);
  expect(tap.change(reply(6), "replies", 3)).toEqual(reply(6));
});

it("corrupts nothing after it was cancelled", () => {
  const tap = new WireTap(seededRandom(1), () => {});
  tap.corruptNext("cut short", 1, () => {});
  tap.cancel();
  expect(tap.change(reply(5), "replies", 1)).toEqual(reply(5));
});
