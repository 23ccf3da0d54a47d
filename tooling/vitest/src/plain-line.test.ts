import { expect, it } from "vitest";
import { slowest } from "./plain-line.ts";
import { runFixture } from "./run-fixture.ts";

const noApache = { ZOOKEEPER_HOME: "/nowhere" };

it("the last line counts all tests, and counts errors outside of tests as failed", async () => {
  const { code, lines } = await runFixture(["mixed.fixture.ts"], noApache);
  expect(lines.slice(-2)).toEqual(["1 skipped in all", "3 passed, 2 failed"]);
  expect(code).toBe(1);
});

it("the last line counts a file that cannot be loaded as failed", async () => {
  const { code, lines } = await runFixture(["broken.fixture.ts"], noApache);
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(1);
});

it("the report counts the tests that were skipped without a service, with the reason", async () => {
  const { code, lines } = await runFixture(["services.fixture.ts"], noApache);
  expect(lines.slice(-3)).toEqual([
    "3 skipped: no Apache ZooKeeper: found no Apache ZooKeeper in ZOOKEEPER_HOME (/nowhere has no lib/zookeeper-*.jar)",
    "3 skipped in all",
    "1 passed, 0 failed",
  ]);
  expect(code).toBe(0);
});

it("a run fails if services are required and one is missing", async () => {
  const { code, lines, errors } = await runFixture(["services.fixture.ts"], {
    ...noApache,
    CONCLAVE_REQUIRE_SERVICES: "1",
  });
  expect(errors).toContain(
    "CONCLAVE_REQUIRE_SERVICES is 1, but Apache ZooKeeper is not available: found no Apache ZooKeeper",
  );
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(1);
});

it("the report of a large run lists its ten slowest files", () => {
  const files = Array.from({ length: 20 }, (_, index) => ({ path: `src/${index}.test.ts`, seconds: index }));
  const lines = slowest(files).trimEnd().split("\n");
  expect(lines[0]).toBe("The slowest 10 of 20 files take 76 % of their time:");
  expect(lines.slice(1)).toHaveLength(10);
  expect(lines[1]).toBe("   19.0 s  src/19.test.ts");
});

it("the report of a small run lists no files", () => {
  expect(slowest([{ path: "src/a.test.ts", seconds: 3 }])).toBe("");
});
