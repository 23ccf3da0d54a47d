import { MessageProcess } from "../processes/message-process.ts";
import { pin } from "../processes/pin.ts";
import { rotated } from "../report/rotated.ts";
import type { BenchServer, StartServer } from "../server-bench/servers.ts";
import { cellsOf } from "./cells.ts";
import { Figures } from "./figures.ts";
import type { Library } from "./library.ts";
import { measureCosts } from "./measure-costs.ts";
import { measureKill } from "./measure-kill.ts";
import { newPaths } from "./new-path.ts";
import type { Plan } from "./plan.ts";

export interface MeasureOptions {
  readonly plan: Plan;
  readonly starts: readonly StartServer[];
  readonly libraries: readonly Library[];
  /** Called with the next step, and with the share of all steps that is done. */
  readonly progress: (step: string, share: number) => void;
}

/** A library, and a process that uses it. */
interface Running {
  readonly library: Library;
  readonly process: MessageProcess;
}

/**
 * Measures all recipes on all servers, one at a time. One server of each kind and one process of each library run through
 * all rounds, on separate cores if the machine has two; their order changes from round to round. Leaders are killed on all
 * servers at the same time, each in a process of its own, because that time is spent waiting.
 */
export async function measureRecipes(options: MeasureOptions): Promise<Figures> {
  const { plan, libraries, progress } = options;
  const figures = new Figures();
  const newPath = newPaths();
  await using resources = new AsyncDisposableStack();
  const servers: BenchServer[] = [];
  for (const start of options.starts) {
    const server = resources.adopt(await start(), (started) => started.close());
    pin(server.pid, "server");
    servers.push(server);
  }
  const running: Running[] = [];
  for (const library of libraries) {
    for (const server of servers) {
      progress(`round trips · ${library.name} on ${server.serverName}`, 0);
      await measureCosts({ library, server, rounds: plan.costRounds, newPath, figures });
    }
    running.push({ library, process: resources.use(await MessageProcess.start(library.command)) });
  }
  const cells = cellsOf(plan, newPath);
  for (let round = 1 - plan.warmUps; round <= plan.rounds; round++) {
    const isCounted = round > 0;
    const name = isCounted ? `round ${round} of ${plan.rounds}` : "warm-up";
    const turns = round + plan.warmUps - 1;
    for (const [index, cell] of cells.entries()) {
      const share = (turns * cells.length + index) / ((plan.warmUps + plan.rounds) * cells.length);
      for (const server of rotated(servers, turns)) {
        // The libraries run right after each other, so that other load on the machine affects both.
        for (const { library, process } of rotated(running, turns)) {
          progress(`${name} · ${library.name} on ${server.serverName} · ${cell.title}`, share);
          const measured = await cell.measure(process, server);
          if (isCounted) figures.addAll(library.name, server.serverName, measured);
        }
      }
    }
    if (!isCounted) continue;
    progress(`${name} · leaders that are killed`, (turns + 1) / (plan.warmUps + plan.rounds));
    for (const library of libraries) {
      const kill = async (server: BenchServer): Promise<void> =>
        figures.addAll(library.name, server.serverName, await measureKill(library, server, newPath()));
      await Promise.all(servers.map(kill));
    }
  }
  return figures;
}
