import { expect, it } from "vitest";
import { costTable, costVerdict } from "./cost-table.ts";
import { COSTS, costFigure } from "./costs.ts";
import { barrierFigure, handOverFigure, KILL_FIGURE, RESIGN_FIGURE } from "./figure-names.ts";
import { Figures } from "./figures.ts";
import { barrierTable, failOverTable, handOverTable } from "./rate-tables.ts";

const acquire = COSTS[0]!;

function counted(ours: readonly [number, number], theirs: readonly [number, number]): Figures {
  const figures = new Figures();
  for (const metric of ["roundTrips", "requests"] as const) {
    for (const [library, [conclave, apache]] of [
      ["conclave", ours],
      ["curator", theirs],
    ] as const) {
      figures.add(library, "conclave", costFigure(acquire, metric), conclave);
      figures.add(library, "apache", costFigure(acquire, metric), apache);
    }
  }
  return figures;
}

it("a step reaches its target if ours takes no more round trips than Curator's on each server", () => {
  expect(costVerdict(counted([2, 2], [2, 3]), acquire)).toBe("reached");
  expect(costVerdict(counted([2, 3], [3, 2]), acquire)).toBe("missed");
  expect(costVerdict(new Figures(), acquire)).toBeUndefined();
});

it("the table shows one count of a step, or two if the servers differ", () => {
  expect(costTable(counted([2, 2], [3, 4])).rows[0]).toEqual([acquire.title, "2", "3 / 4", "✓", "2", "3 / 4"]);
  expect(costTable(new Figures()).rows[0]).toEqual([acquire.title, "–", "–", "", "–", "–"]);
});

it("the table of hand-overs shows rates, their ratio and CPU time", () => {
  const figures = new Figures();
  for (const rate of [900, 1_000, 1_100]) figures.add("conclave", "apache", handOverFigure(2, "perSecond"), rate);
  for (const rate of [400, 500, 600]) figures.add("curator", "apache", handOverFigure(2, "perSecond"), rate);
  figures.add("conclave", "apache", handOverFigure(2, "cpuUs"), 30);
  figures.add("curator", "apache", handOverFigure(2, "cpuUs"), 60);
  const rows = handOverTable(figures, { contenders: [2] }).rows;
  expect(rows.at(-1)).toEqual(["Apache", "2", "1,000", "10 %", "500", "20 %", "2.00×", "✓", "30.0", "60.0"]);
  expect(rows[0]).toEqual(["Conclave", "2", "–", "", "–", "", "", "", "–", "–"]);
});

it("ratios compare figures of the same round", () => {
  const figures = new Figures();
  for (const rate of [100, 1_000, 2_000]) figures.add("conclave", "apache", handOverFigure(2, "perSecond"), rate);
  for (const rate of [50, 500, 4_000]) figures.add("curator", "apache", handOverFigure(2, "perSecond"), rate);
  expect(
    handOverTable(figures, { contenders: [2] })
      .rows.at(-1)!
      .slice(6, 8),
  ).toEqual(["2.00×", "?"]);
});

it("less time until the next leader is better", () => {
  const figures = new Figures();
  figures.add("conclave", "conclave", RESIGN_FIGURE, 1);
  figures.add("curator", "conclave", RESIGN_FIGURE, 2);
  figures.add("conclave", "conclave", KILL_FIGURE, 5_000);
  expect(failOverTable(figures).rows.slice(0, 2)).toEqual([
    ["Conclave", "resigns", "1.00", "0 %", "2.00", "0 %", "2.00×"],
    ["Conclave", "is killed, in all", "5,000", "0 %", "–", "", ""],
  ]);
});

it("the table of barriers shows the figure of the paper if the paper has one", () => {
  const figures = new Figures();
  figures.add("conclave", "conclave", barrierFigure(50, "ms"), 10);
  const rows = barrierTable(figures, { barrierClients: [50, 60] }).rows;
  expect(rows.slice(0, 2).map((row) => row![7])).toEqual(["33.8", ""]);
});
