import type { Answer, MessageProcess } from "../processes/message-process.ts";
import type { BenchServer } from "../server-bench/servers.ts";
import { barrierFigure, handOverFigure, RESIGN_FIGURE } from "./figure-names.ts";
import type { NewPath } from "./new-path.ts";
import { type Plan, SETTLE_MS } from "./plan.ts";

/** A measurement of one library on one server in one round. */
export interface Cell {
  readonly title: string;
  /** Resolves with the figures, by name. */
  measure(process: MessageProcess, server: BenchServer): Promise<Readonly<Record<string, number>>>;
}

/** Returns all measurements except costs and killed leaders. */
export function cellsOf(plan: Plan, newPath: NewPath): readonly Cell[] {
  const ask = (
    process: MessageProcess,
    { port }: BenchServer,
    name: string,
    fields: Readonly<Record<string, number>>,
  ): Promise<Answer> => process.ask(name, { server: `127.0.0.1:${port}`, path: newPath(), ...fields });
  return [
    ...plan.contenders.map(
      (sessions): Cell => ({
        title: `hand-overs among ${sessions}`,
        measure: async (process, server) => {
          const { handOverWarmMs: warmMs, handOverMs: forMs } = plan;
          const { count, ms, cpuUs } = await ask(process, server, "hand-over", { sessions, warmMs, forMs });
          return {
            [handOverFigure(sessions, "perSecond")]: (count! * 1000) / ms!,
            [handOverFigure(sessions, "cpuUs")]: cpuUs! / count!,
          };
        },
      }),
    ),
    {
      title: "leaders that resign",
      measure: async (process, server) => {
        const { us } = await ask(process, server, "resign", { times: plan.resignations, settleMs: SETTLE_MS });
        return { [RESIGN_FIGURE]: us! / 1000 };
      },
    },
    ...plan.barrierClients.map(
      (clients): Cell => ({
        title: `double barriers of ${clients}`,
        measure: async (process, server) => {
          const { barriers } = plan;
          const { finishedMs, cpuUs } = await ask(process, server, "double-barrier", { clients, barriers });
          return {
            [barrierFigure(clients, "ms")]: finishedMs! / barriers,
            [barrierFigure(clients, "cpuMs")]: cpuUs! / 1000 / barriers,
          };
        },
      }),
    ),
  ];
}
