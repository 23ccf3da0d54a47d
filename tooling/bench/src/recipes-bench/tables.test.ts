import { expect, it } from "vitest";
import { costTable, costVerdict } from "./cost-table.ts";
import { COSTS, costFigure } from "./costs.ts";
import { barrierFigure, handOverFigure, KILL_FIGURE, RESIGN_FIGURE } from "./figure-names.ts";
import { Figures } from "./figures.ts";
import { barrierTable, failOverTable, handOverTable } from "./rate-tables.ts";

const acquire = COSTS[0]!;

function counted(ours: readonly [number, number], theirs: readonly [number, number]): Figures {
  const figures = new Figures();
  for (const what of ["roundTrips", "requests"] as const) {
    for (const [contender, [conclave, apache]] of [
      ["conclave", ours],
      ["curator", theirs],
    ] as const) {
      figures.add(contender, "conclave", costFigure(acquire, what), conclave);
      figures.add(contender, "apache", costFigure(acquire, what), apache);
    }
  }
  return figures;
}

it("reaches the round trips where ours are no more than Curator's on each server", () => {
  expect(costVerdict(counted([2, 2], [2, 3]), acquire)).toBe("reached");
  expect(costVerdict(counted([2, 3], [3, 2]), acquire)).toBe("missed");
  expect(costVerdict(new Figures(), acquire)).toBeUndefined();
});

it("tells a count once, and twice where the servers differ", () => {
  expect(costTable(counted([2, 2], [3, 4])).rows[0]).toEqual([acquire.title, "2", "3 / 4", "✓", "2", "3 / 4"]);
  expect(costTable(new Figures()).rows[0]).toEqual([acquire.title, "–", "–", "", "–", "–"]);
});

it("takes more hand-overs as better, and less CPU", () => {
  const figures = new Figures();
  for (const rate of [900, 1_000, 1_100]) figures.add("conclave", "apache", handOverFigure(2, "perSecond"), rate);
  for (const rate of [400, 500, 600]) figures.add("curator", "apache", handOverFigure(2, "perSecond"), rate);
  figures.add("conclave", "apache", handOverFigure(2, "cpuUs"), 30);
  figures.add("curator", "apache", handOverFigure(2, "cpuUs"), 60);
  const rows = handOverTable(figures, { contenders: [2] }).rows;
  expect(rows.at(-1)).toEqual(["Apache", "2", "1,000", "10 %", "500", "20 %", "2.00×", "✓", "30.0", "60.0"]);
  expect(rows[0]).toEqual(["Conclave", "2", "–", "", "–", "", "", "", "–", "–"]);
});

it("compares what was measured in the same round", () => {
  const figures = new Figures();
  for (const rate of [100, 1_000, 2_000]) figures.add("conclave", "apache", handOverFigure(2, "perSecond"), rate);
  for (const rate of [50, 500, 4_000]) figures.add("curator", "apache", handOverFigure(2, "perSecond"), rate);
  expect(
    handOverTable(figures, { contenders: [2] })
      .rows.at(-1)!
      .slice(6, 8),
  ).toEqual(["2.00×", "?"]);
});

it("takes less time as better where leaders go", () => {
  const figures = new Figures();
  figures.add("conclave", "conclave", RESIGN_FIGURE, 1);
  figures.add("curator", "conclave", RESIGN_FIGURE, 2);
  figures.add("conclave", "conclave", KILL_FIGURE, 5_000);
  expect(failOverTable(figures).rows.slice(0, 2)).toEqual([
    ["Conclave", "resigns", "1.00", "0 %", "2.00", "0 %", "2.00×"],
    ["Conclave", "is killed, in all", "5,000", "0 %", "–", "", ""],
  ]);
});

it("sets a barrier beside what it took in the paper, where that says so", () => {
  const figures = new Figures();
  figures.add("conclave", "conclave", barrierFigure(50, "ms"), 10);
  const rows = barrierTable(figures, { barrierClients: [50, 60] }).rows;
  expect(rows.slice(0, 2).map((row) => row![7])).toEqual(["33.8", ""]);
});
