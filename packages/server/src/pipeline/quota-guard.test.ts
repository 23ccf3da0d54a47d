import { type LogFields, silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { TreeHistory } from "../../test-support/tree/tree-history.js";
import { QuotaGuard } from "./quota-guard.js";

/** A guard of a tree in which /a has one child and eight bytes in all, and a quota with these limits. */
function guarded(limits: string) {
  const history = new TreeHistory();
  history.create("/a", { data: "12345" });
  history.create("/a/b", { data: "123" });
  history.create("/zookeeper/quota/a");
  history.create("/zookeeper/quota/a/zookeeper_limits", { data: limits });
  history.create("/zookeeper/quota/a/zookeeper_stats");
  const time = { now: 0 };
  const warnings: (LogFields | undefined)[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: LogFields) => void warnings.push(fields) };
  const guard = new QuotaGuard({ quotas: history.tree.quotas, logger, now: () => time.now });
  return { guard, time, warnings };
}

describe("a quota guard", () => {
  it("allows everything where there is no quota", () => {
    const { guard } = guarded("count=1,bytes=1=;countHardLimit=1");
    expect(guard.refuses("/b", 1000, 1)).toBe(false);
    expect(guard.refused).toBe(0);
  });

  it("refuses a growth beyond a hard limit, and counts it", () => {
    const { guard } = guarded("count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3");
    expect(guard.refuses("/a/c", 2, 1)).toBe(false);
    expect(guard.refused).toBe(0);
    expect(guard.refuses("/a/c", 3, 0)).toBe(true);
    expect(guard.refuses("/a/c", 0, 2)).toBe(true);
    expect(guard.refused).toBe(2);
  });

  it("refuses a hard limit of zero, and no write that does not grow", () => {
    const { guard } = guarded("count=-1,bytes=-1=;byteHardLimit=0;countHardLimit=0");
    expect(guard.refuses("/a", 0, 0)).toBe(false);
    expect(guard.refuses("/a", 1, 0)).toBe(true);
    expect(guard.refuses("/a", 0, 1)).toBe(true);
  });

  it("allows a growth beyond a soft limit, and logs the numbers", () => {
    const { guard, warnings } = guarded("count=2,bytes=8");
    expect(guard.refuses("/a/c", 0, 1)).toBe(false);
    expect(warnings).toEqual([{ path: "/a", reason: expect.stringMatching(/count 3\b.*soft.* 2$/) }]);
  });

  it("allows everything, and logs nothing, where no limit is set", () => {
    const { guard, warnings } = guarded("count=-1,bytes=-1");
    expect(guard.refuses("/a/c", 1000, 1)).toBe(false);
    expect(warnings).toEqual([]);
  });

  it("holds to the hard limit where both are set", () => {
    const { guard, warnings } = guarded("count=1,bytes=1=;byteHardLimit=10;countHardLimit=10");
    expect(guard.refuses("/a/c", 1, 1)).toBe(false);
    expect(warnings).toEqual([]);
    expect(guard.refuses("/a/c", 3, 0)).toBe(true);
    expect(warnings).toEqual([{ path: "/a", reason: expect.stringMatching(/bytes 11\b.*hard.* 10$/) }]);
  });

  it("logs at most once in a second", () => {
    const { guard, time, warnings } = guarded("count=1,bytes=1");
    const logged = [0, 999, 1000, 1001, 2000].map((now) => {
      time.now = now;
      guard.refuses("/a/c", 1, 1);
      return warnings.length;
    });
    expect(logged).toEqual([1, 1, 2, 2, 3]);
  });
});
