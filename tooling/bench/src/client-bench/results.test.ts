import { expect, it } from "vitest";
import type { Measured } from "./measure.ts";
import { type ClientName, OTHER, OURS, OURS_BATCHING, TITLES } from "./measured-clients.ts";
import type { Cell } from "./plan.ts";
import { resultTable } from "./result-table.ts";
import { Results } from "./results.ts";
import { targets } from "./targets.ts";

const get64: Cell = { operation: "get", depth: 64 };
const get1: Cell = { operation: "get", depth: 1 };
const apache = [{ kind: "apache", title: "Apache" }] as const;

const measured = (figures: Partial<Measured>): Measured => ({
  operations: 1000,
  perSecond: 1000,
  p50Us: 100,
  p99Us: 200,
  cpuUs: 10,
  ...figures,
});

const resultsOf = (figures: readonly (readonly [ClientName, Cell, Partial<Measured>])[]): Results => {
  const results = new Results();
  for (const [client, cell, each] of figures) results.add("apache", client, [{ cell, measured: measured(each) }]);
  return results;
};

it("results are medians over the rounds of one client, cell and server, and ratios of medians", () => {
  const results = resultsOf([
    [OURS, get64, { cpuUs: 4 }],
    [OURS, get64, { cpuUs: 5 }],
    [OURS, get64, { cpuUs: 9 }],
    [OURS, get1, { cpuUs: 50 }],
    ["node-zookeeper-client", get64, { cpuUs: 40 }],
  ]);
  expect(results.summary("apache", OURS, get64, "cpuUs")).toEqual({ median: 5, spread: 0.8 });
  expect(results.ratio("apache", OURS, "node-zookeeper-client", get64, "cpuUs")).toBe(8);
  expect(results.ratio("apache", OURS, "zookeeper", get64, "cpuUs")).toBeUndefined();
  expect(results.summary("memory", OURS, get64, "cpuUs")).toBeUndefined();
});

it("the table shows every client in every cell, with dashes for a missing one", () => {
  const { rows, head, align } = resultTable(
    resultsOf([
      [OURS, get1, { cpuUs: 5 }],
      ["node-zookeeper-client", get1, { cpuUs: 40, perSecond: 250 }],
    ]),
    "apache",
  );
  expect(align).toHaveLength(head.length);
  expect(rows.filter((row) => row !== null)).toHaveLength(30);
  expect(rows[0]).toEqual(["get", "1", "@conclave/client", "5.00", "0 %", "1,000", "0 %", "100", "200", "", ""]);
  expect(rows[2]!.slice(-2)).toEqual(["8.00×", "0.25×"]);
  expect(rows[3]!.slice(3)).toEqual(Array.from({ length: 8 }, () => "–"));
});

it("targets are reached or missed, and left out for a client that was not measured", () => {
  const results = resultsOf([
    [OURS, get64, { cpuUs: 5 }],
    ["node-zookeeper-client", get64, { cpuUs: 30 }],
    [OURS, get1, { p50Us: 100 }],
    ["node-zookeeper-client", get1, { p50Us: 99 }],
  ]);
  expect(targets(results, apache).map(({ verdict }) => verdict)).toEqual(["reached", "missed"]);
  expect(targets(results, apache)[0]!.text).toContain("6.00 times ours (target 6)");
});

it("the target of CPU time applies to our client with and without batching of reads", () => {
  const results = resultsOf([
    [OURS, get64, { cpuUs: 15 }],
    [OURS_BATCHING, get64, { cpuUs: 2 }],
    ["node-zookeeper-client", get64, { cpuUs: 30 }],
  ]);
  expect(targets(results, apache).map(({ verdict }) => verdict)).toEqual(["missed", "reached"]);
  expect(targets(results, apache)[1]!.text).toContain("@conclave/client, batchReads 2.00 µs");
});

it("the table shows batching of reads for gets only", () => {
  const { rows } = resultTable(new Results(), "apache");
  const operations = rows.filter((row) => row?.[2] === TITLES[OURS_BATCHING]).map((row) => row?.[0]);
  expect(operations).toEqual(["get", "get", "get"]);
});

it("the table shows the client of another checkout only where it was measured", () => {
  const { rows } = resultTable(resultsOf([[OTHER, get1, { cpuUs: 5 }]]), "apache");
  expect(rows.filter((row) => row?.[2] === TITLES[OTHER]).map((row) => row?.slice(0, 4))).toEqual([
    ["get", "1", "@conclave/client, other", "5.00"],
  ]);
});
