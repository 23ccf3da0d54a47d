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
    expect(decideHandshake({ sessionId: id, lastZxidSeen: seen, readOnly: undefined }, facts)).toBe(decision);
  });

  it.each<[HandshakeDecision, { readOnly?: boolean; seen?: bigint; id?: bigint }]>([
    ["open", { readOnly: true }],
    ["resume", { readOnly: true, id: 7n }],
    ["read-only", { readOnly: false, seen: 9n }],
    ["read-only", { id: 7n }],
    ["ahead", { readOnly: true, seen: 9n, id: 8n }],
    ["not-here", { readOnly: true, id: 8n }],
  ])("with a read-only server is decided as '%s' for %o", (decision, { readOnly, seen = 0n, id = 0n }) => {
    const facts = { isServing: true, lastZxid: 5n, admits: () => true, isOwnSession: (each: bigint) => each === 7n };
    expect(decideHandshake({ sessionId: id, lastZxidSeen: seen, readOnly }, facts)).toBe(decision);
  });

  it("takes a token for a new session or for a resumed one, and none while the server is not serving", () => {
    const taken: string[] = [];
    const rest = { lastZxidSeen: 0n, readOnly: undefined };
    const admits = (kind: string): boolean => taken.push(kind) > 0;
    for (const sessionId of [0n, 7n])
      decideHandshake({ sessionId, ...rest }, { isServing: true, lastZxid: 5n, admits });
    decideHandshake({ sessionId: 7n, ...rest }, { isServing: false, lastZxid: 5n, admits });
    expect(taken).toEqual(["new", "renewed"]);
  });
});
