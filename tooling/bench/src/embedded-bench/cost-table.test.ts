import { expect, it } from "vitest";
import { costTable } from "./cost-table.ts";
import { Figures } from "./figures.ts";

it("the table has medians and spreads of each coordination, and nothing where a figure has no meaning", () => {
  const figures = new Figures();
  const app = { sharedOnceMib: 40, idleCpuPercent: 0, requestP50Ms: 1, requestP99Ms: 2 };
  for (const residentMib of [80, 100, 110]) {
    figures.add("worker", { ...app, residentMib, slicedLeaderChanges: 0 });
    figures.add("none", { ...app, residentMib: 60 });
  }
  const rows = costTable(figures).rows.map((row) => row ?? []);
  expect(rows[0]).toEqual(["an app: resident, MiB", "100", "20 %", "", "", "", "", "60.0", "0 %"]);
  expect(rows[3]!.slice(1)).toEqual(["0.00", "", "", "", "", "", "0.00", ""]);
  expect(rows.at(-1)!.slice(1)).toEqual(["0.00", "", "", "", "", "", "", ""]);
});
