import type { Table } from "../report/table.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import type { Figures } from "./figures.ts";
import { CONCURRENCY, FEW_KEYS, QUEUE_CELLS, type QueueCell } from "./plan.ts";

const TITLES: Readonly<Record<QueueCell["guard"], string>> = {
  bare: "bare",
  "own key": "guarded, a key for each job",
  "few keys, wait": `guarded, ${FEW_KEYS} keys, whenBusy: "wait"`,
  "few keys, delay": `guarded, ${FEW_KEYS} keys, whenBusy: "delay"`,
};

/** Returns the table of guarded queues, compared with bare ones and with the largest possible throughput. */
export function queueTable(figures: Figures): Table {
  return {
    head: ["a job takes", "queue", "jobs a second", "±", "of bare", "±", "at most"],
    align: ["right", "left", "right", "right", "right", "right", "right"],
    rows: QUEUE_CELLS.flatMap((cell, index) => {
      const isNewGroup = index > 0 && QUEUE_CELLS[index - 1]!.workMs !== cell.workMs;
      return isNewGroup ? [null, row(figures, cell)] : [row(figures, cell)];
    }),
  };
}

function row(figures: Figures, cell: QueueCell): string[] {
  const jobs = figures.queue(cell);
  const share = figures.queueShare(cell);
  const most = mostPerSecond(cell);
  return [
    `${cell.workMs} ms`,
    TITLES[cell.guard],
    threeDigits(jobs.median),
    percent(jobs.spread),
    ...(cell.guard === "bare" ? ["", ""] : [percent(share.median), percent(share.spread)]),
    most === undefined ? "" : threeDigits(most),
  ];
}

/**
 * Returns the largest possible number of jobs per second, given the duration and exclusion of the jobs; undefined for jobs
 * without a duration.
 */
export function mostPerSecond({ guard, workMs }: QueueCell): number | undefined {
  if (workMs === 0) return undefined;
  const atATime = guard === "bare" || guard === "own key" ? CONCURRENCY : FEW_KEYS;
  return (atATime * 1000) / workMs;
}
