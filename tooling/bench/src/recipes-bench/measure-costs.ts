import { MessageProcess } from "../processes/message-process.ts";
import type { BenchServer } from "../server-bench/servers.ts";
import { COSTS, costFigure } from "./costs.ts";
import { CountingProxy } from "./counting-proxy.ts";
import type { Figures } from "./figures.ts";
import type { Library } from "./library.ts";
import type { NewPath } from "./new-path.ts";

export interface CostTurn {
  readonly library: Library;
  readonly server: BenchServer;
  readonly rounds: number;
  readonly newPath: NewPath;
  readonly figures: Figures;
}

/** Counts the requests of each step of each recipe, through one proxy for each of three sessions in one process. */
export async function measureCosts(turn: CostTurn): Promise<void> {
  await using a = await CountingProxy.start(turn.server.port);
  await using b = await CountingProxy.start(turn.server.port);
  await using c = await CountingProxy.start(turn.server.port);
  await using process = await MessageProcess.start(turn.library.command);
  await process.ask("open", { a: a.connectString, b: b.connectString, c: c.connectString });
  for (let round = 0; round < turn.rounds; round++) await countOnce(turn, process, [a, b, c]);
}

async function countOnce(
  { library, server, newPath, figures }: CostTurn,
  process: MessageProcess,
  proxies: readonly CountingProxy[],
): Promise<void> {
  const quiet = (): Promise<unknown> => Promise.all(proxies.map((proxy) => proxy.quiet()));
  let recipe = "";
  for (const cost of COSTS) {
    if (cost.recipe !== recipe) await process.ask("begin", { recipe: cost.recipe, path: newPath() });
    recipe = cost.recipe;
    await quiet();
    for (const proxy of proxies) proxy.restart();
    await process.ask("do", { step: cost.step });
    if (cost.isOverWhenQuiet) await quiet();
    const counted = cost.of === "all" ? proxies : proxies.slice(1, 2);
    const total = (metric: "requests" | "roundTrips"): number => counted.reduce((sum, proxy) => sum + proxy[metric], 0);
    const roundTrips = total("roundTrips");
    await quiet();
    figures.add(library.name, server.serverName, costFigure(cost, "roundTrips"), roundTrips);
    figures.add(library.name, server.serverName, costFigure(cost, "requests"), total("requests"));
  }
}
