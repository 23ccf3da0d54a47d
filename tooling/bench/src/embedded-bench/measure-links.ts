import { join } from "node:path";
import { Child } from "../processes/child.ts";
import type { Table } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import type { LinksDone } from "./link-process.ts";

const LIMIT_MS = 300_000;

/** Returns the table of what a request between two threads of a process costs, over a socket and over messages. */
export async function measureLinks(): Promise<Table> {
  const child = new Child<LinksDone>(join(import.meta.dirname, "link-process.ts"));
  const { costs } = await child.next("done", LIMIT_MS);
  await child.stop();
  return {
    head: ["link to a worker thread", "in flight", "CPU of both threads for each, µs", "p50 of all, µs"],
    align: ["left", "right", "right", "right"],
    rows: costs.map(({ link, depth, cpuUs, p50Us }) => [link, String(depth), threeDigits(cpuUs), threeDigits(p50Us)]),
  };
}
