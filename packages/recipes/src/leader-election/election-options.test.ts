import { seededRandom, silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { type LeaderElectionOptions, resolveElectionOptions } from "./election-options.js";

describe("the options of an election", () => {
  it("have defaults", () => {
    const resolved = resolveElectionOptions({ name: "reports" });
    expect(resolved).toEqual({
      label: "reports",
      path: "/conclave/elections/reports",
      id: expect.stringMatching(/^participant-[0-9a-f]{8}$/),
      onSuspended: "revoke",
      acl: undefined,
      logger: silentLogger,
      clock: systemClock,
      random: systemRandom,
    });
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  it("take a path instead of a name", () => {
    const { label, path } = resolveElectionOptions({ path: "/latch", random: seededRandom(1) });
    expect([label, path]).toEqual(["/latch", "/latch"]);
  });

  it.each([{}, { name: "a", path: "/a" }, { name: "" }, { path: "a" }, { name: "a", onSuspended: "maybe" }])(
    "are rejected with a TypeError when they are wrong: %j",
    (options) => {
      expect(() => resolveElectionOptions(options as LeaderElectionOptions)).toThrow(TypeError);
    },
  );
});
