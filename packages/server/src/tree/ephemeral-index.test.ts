import { describe, expect, it } from "vitest";
import { EphemeralIndex } from "./ephemeral-index.js";

const CONTAINER = -0x8000_0000_0000_0000n;
const TTL_OF_5_MS = -0x100_0000_0000_0000n | 5n;

describe("an index of ephemerals", () => {
  it("lists the ephemerals of each session, and counts all", () => {
    const index = new EphemeralIndex();
    index.add("/a", 1n);
    index.add("/b", 1n);
    index.add("/c", 2n);
    expect([...index.pathsOf(1n)]).toEqual(["/a", "/b"]);
    expect([...index.pathsOf(2n)]).toEqual(["/c"]);
    expect([...index.pathsOf(3n)]).toEqual([]);
    expect(index.size).toBe(3);
  });

  it("knows a session until its last ephemeral is removed", () => {
    const index = new EphemeralIndex();
    index.add("/a", 1n);
    index.add("/b", 1n);
    index.add("/c", 2n);
    index.remove("/a", 1n);
    index.remove("/a", 1n);
    expect([...index.sessionIds]).toEqual([1n, 2n]);
    index.remove("/b", 1n);
    expect([...index.sessionIds]).toEqual([2n]);
    index.remove("/b", 1n);
    expect(index.size).toBe(1);
  });

  it("keeps containers and TTL nodes apart, which belong to no session", () => {
    const index = new EphemeralIndex();
    index.add("/container", CONTAINER);
    index.add("/ttl", TTL_OF_5_MS);
    expect([...index.expirable]).toEqual(["/container", "/ttl"]);
    expect([...index.sessionIds]).toEqual([]);
    index.remove("/container", CONTAINER);
    expect([...index.expirable]).toEqual(["/ttl"]);
    index.remove("/ttl", TTL_OF_5_MS);
    expect([...index.expirable]).toEqual([]);
  });
});
