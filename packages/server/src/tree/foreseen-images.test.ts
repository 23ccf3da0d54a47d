import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { expect, it } from "vitest";
import { ForeseenImages } from "./foreseen-images.js";
import { ForeseenNode } from "./foreseen-node.js";

function nodeOf(path: string): ForeseenNode {
  const header = { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: OpCode.create };
  const data = new Uint8Array(0);
  const txn = { type: OpCode.create, path, data, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 };
  return ForeseenNode.createdBy(header, txn);
}

it("keeps paths apart that have the same hash", () => {
  const images = new ForeseenImages();
  const [a, b, c] = [nodeOf("/a"), nodeOf("/b"), nodeOf("/c")];
  images.set("/a", -7, a);
  images.set("/b", -7, b);
  images.set("/c", 8, c);
  expect([images.get("/a", -7), images.get("/b", -7), images.get("/c", 8)]).toEqual([a, b, c]);
  expect(images.get("/d", -7)).toBeUndefined();
  expect(images.get("/d", 9)).toBeUndefined();
});

it("knows one thing of a path, the last", () => {
  const images = new ForeseenImages();
  const again = nodeOf("/a");
  images.set("/a", 1, nodeOf("/a"));
  images.set("/b", 1, null);
  images.set("/a", 1, null);
  expect(images.get("/a", 1)).toBeNull();
  images.set("/a", 1, again);
  expect(Object.fromEntries(images)).toEqual({ "/a": again, "/b": null });
});
