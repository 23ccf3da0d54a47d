import { describe, expect, it } from "vitest";
import { decideHandshake, type HandshakeDecision } from "./handshake-policy.js";

describe("a handshake", () => {
  it.each<[HandshakeDecision, { isServing?: boolean; admits?: boolean; seen?: bigint; id?: bigint }]>([
    ["not-serving", { isServing: false, admits: false, seen: 9n, id: 7n }],
    ["throttled", { admits: false, seen: 9n, id: 7n }],
    ["ahead", { seen: 9n, id: 7n }],
    ["ahead", { seen: 9n }],
    ["resume", { seen: 5n, id: 7n }],
    ["open", { seen: 5n }],
    ["open", {}],
  ])("is decided as '%s' for %o", (decision, { isServing = true, admits = true, seen = 0n, id = 0n }) => {
    const facts = { isServing, lastZxid: 5n, admits: () => admits };
    expect(decideHandshake({ sessionId: id, lastZxidSeen: seen }, facts)).toBe(decision);
  });

  it("takes a token for a new session or for a resumed one, and none while the server is not serving", () => {
    const taken: string[] = [];
    const admits = (kind: string): boolean => taken.push(kind) > 0;
    for (const sessionId of [0n, 7n])
      decideHandshake({ sessionId, lastZxidSeen: 0n }, { isServing: true, lastZxid: 5n, admits });
    decideHandshake({ sessionId: 7n, lastZxidSeen: 0n }, { isServing: false, lastZxid: 5n, admits });
    expect(taken).toEqual(["new", "renewed"]);
  });
});
