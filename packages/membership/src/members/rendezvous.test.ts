import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { rendezvous } from "./rendezvous.js";

const ids = ["web-1", "web-2", "web-3", "web-4"];
const keys = Array.from({ length: 4_000 }, (_, index) => `key ${index}`);
const owners = (of: readonly string[]): string[] => keys.map((key) => rendezvous(of, key)!);

describe("rendezvous hashing", () => {
  it("chooses the id with the largest SHA-256 of id, slash and key", () => {
    const weight = (id: string): string => createHash("sha256").update(`${id}/grüße`).digest("hex");
    const [largest] = [...ids].sort((a, b) => (weight(a) < weight(b) ? 1 : -1));
    expect(rendezvous(ids, "grüße")).toBe(largest);
  });

  it("does not depend on the order of the ids", () => {
    expect(owners([...ids].reverse())).toEqual(owners(ids));
  });

  it("assigns about the same number of keys to each id", () => {
    const counts = new Map<string, number>();
    for (const owner of owners(ids)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    // 1,000 are expected, with a standard deviation of 27; the hash is always the same.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(110);
    expect(counts.size).toBe(4);
  });

  it("moves only the keys of an id that is removed", () => {
    const before = owners(ids);
    const after = owners(ids.slice(1));
    for (const [index, owner] of before.entries()) if (owner !== "web-1") expect(after[index]).toBe(owner);
    expect(after).not.toContain("web-1");
  });

  it("returns undefined without ids", () => {
    expect(rendezvous([], "key")).toBeUndefined();
  });
});
