import { expect, it } from "vitest";
import { type FigureName, Figures } from "./figures.ts";
import { generatorCosts } from "./generator-costs.ts";
import { type ResultLine, timesBetter, verdictOf } from "./result-line.ts";
import { resultLines } from "./result-lines.ts";
import { resultTable } from "./result-table.ts";

const groups = resultLines({ heldSessions: 10_000 });
const lineOf = (figure: FigureName): ResultLine => groups.flat().find((line) => line.figure === figure)!;

function figuresOf(rounds: readonly (readonly [FigureName, ours: readonly number[], theirs: readonly number[]])[]) {
  const figures = new Figures();
  for (const [name, ours, theirs] of rounds) {
    for (const value of ours) figures.add("conclave", name, value);
    for (const value of theirs) figures.add("apache", name, value);
  }
  return figures;
}

it("the table shows medians in their units, spreads, and the factor by which ours is better", () => {
  const figures = figuresOf([
    ["get.cpuUs", [1, 2, 3], [12, 12, 12]],
    ["get.perSecond", [900_000], [90_000]],
    ["end.residentBytes", [100 * 2 ** 20], [150 * 2 ** 20]],
    ["hold.bytesEach", [7.5 * 1024], [6 * 1024]],
  ]);
  expect(resultTable(figures, groups).rows).toEqual([
    ["get, 8 × 64: CPU", "µs", "2.00", "50 %", "12.0", "0 %", "6.00×", "4×", "✓"],
    null,
    ["get, 8 × 64", "a second", "900,000", "0 %", "90,000", "0 %", "10.0×", "", ""],
    null,
    ["resident at the end of the load", "MiB", "100", "0 %", "150", "0 %", "1.50×", "3×", "✗"],
    ["resident for each of 10,000 sessions", "KiB", "7.50", "0 %", "6.00", "0 %", "0.80×", "≤ 15", "✓"],
  ]);
});

it("the table of one server has no comparison with the other", () => {
  const figures = figuresOf([
    ["set.cpuUs", [6], []],
    ["hold.bytesEach", [16 * 1024], []],
  ]);
  expect(resultTable(figures, groups).rows).toEqual([
    ["set, 8 × 64: CPU", "µs", "6.00", "0 %", "–", "", "", "3×", ""],
    null,
    ["resident for each of 10,000 sessions", "KiB", "16.0", "0 %", "–", "", "", "≤ 15", "✗"],
  ]);
});

it("a verdict is unclear if the rounds of both servers overlap", () => {
  const figures = figuresOf([["set.cpuUs", [5, 6, 7], [15, 18, 24]]]);
  expect(verdictOf(figures, lineOf("set.cpuUs"))).toBe("unclear");
});

it("more is better for rates, and less is better for times", () => {
  const more = { title: "", figure: "get.perSecond", unit: "a second", target: { times: 2 } } as const;
  const figures = figuresOf([
    ["get.perSecond", [300], [100]],
    ["fan-out.deliveryMs", [300], [100]],
  ]);
  expect([timesBetter(figures, more), verdictOf(figures, more)]).toEqual([3, "reached"]);
  const less = lineOf("fan-out.deliveryMs");
  expect([timesBetter(figures, less), verdictOf(figures, less)]).toEqual([1 / 3, "missed"]);
});

it("the notes list the loads in which the load generator used more CPU time than a server", () => {
  const figures = figuresOf([
    ["get.cpuUs", [1], [16]],
    ["get.ownCpuUs", [1.5], [3]],
  ]);
  expect(generatorCosts(figures)).toEqual([
    "The load generator cost 1.50 µs with Conclave and 3.00 µs with Apache for each get.",
    "The load generator cost more than Conclave's server in get: 1.50 and 1.00 µs.",
  ]);
});

it("another checkout replaces Apache's server in the table, without targets", () => {
  const figures = new Figures();
  figures.add("conclave", "get.cpuUs", 2);
  figures.add("other", "get.cpuUs", 3);
  const { head, rows } = resultTable(figures, groups);
  expect(head[4]).toBe("other");
  expect(rows).toEqual([["get, 8 × 64: CPU", "µs", "2.00", "0 %", "3.00", "0 %", "1.50×", "", ""]]);
});
