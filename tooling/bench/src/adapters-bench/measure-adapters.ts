import { join } from "node:path";
import { startRedis } from "@conclave/services";
import { Child } from "../processes/child.ts";
import { startConclaveServer } from "../processes/conclave-server.ts";
import { bar, type Progress } from "../report/progress.ts";
import { rotated } from "../report/rotated.ts";
import type { CallCosts } from "./call-cost.ts";
import { Figures, type Framework } from "./figures.ts";
import type { CallInput } from "./nest-process.ts";
import { type Plan, QUEUE_CELLS } from "./plan.ts";
import type { QueueInput, QueueResult } from "./queue-process.ts";

/** Bound of a process with its warm-up; only a hang reaches it. */
const LIMIT_MS = 120_000;
const FRAMEWORKS: readonly Framework[] = ["nest", "express"];

/**
 * Measures every kind of call and of queue in each round, in a process of its own, one at a time; the order changes from
 * round to round. All share one Conclave server, in memory and in a process of its own, and one Redis.
 */
export async function measureAdapters(plan: Plan, progress: Progress): Promise<Figures> {
  const figures = new Figures();
  await using redis = await startRedis();
  const server = await startConclaveServer({});
  const { connectString } = server;
  const { calls, askingCalls, jobs, rounds } = plan;
  const callsOf = async (framework: Framework): Promise<void> => {
    const input: CallInput = { calls, askingCalls, connectString };
    figures.addCalls(framework, (await run<CallCosts, "measured">(`${framework}-process.ts`, input, "measured")).us);
  };
  const works = [
    ...FRAMEWORKS.map((framework) => ({ title: framework, measure: () => callsOf(framework) })),
    ...QUEUE_CELLS.map((cell) => ({
      title: `queue, ${cell.guard}`,
      measure: async () => {
        const input: QueueInput = { cell, jobs, redisPort: redis.port, connectString };
        const { jobsPerSecond } = await run<QueueResult, "emptied">("queue-process.ts", input, "emptied");
        figures.addQueue(cell, jobsPerSecond);
      },
    })),
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, { title, measure }] of rotated(works, round).entries()) {
        const share = (round * works.length + index) / (rounds * works.length);
        progress.show(`${bar(share)}  round ${round + 1} of ${rounds} · ${title}`);
        await measure();
      }
    }
  } finally {
    progress.clear();
    await server.close();
  }
  return figures;
}

async function run<Report extends { readonly type: string }, T extends Report["type"]>(
  script: string,
  input: object,
  type: T,
): Promise<Extract<Report, { readonly type: T }>> {
  const child = new Child<Report>(join(import.meta.dirname, script), { input });
  try {
    return await child.next(type, LIMIT_MS);
  } finally {
    await child.stop();
  }
}
