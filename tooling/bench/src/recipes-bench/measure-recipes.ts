import { MessageProcess } from "../message-process.ts";
import { pin } from "../pin.ts";
import { rotated } from "../rotated.ts";
import type { BenchServer, StartServer } from "../server-bench/servers.ts";
import { cellsOf } from "./cells.ts";
import type { Contender } from "./contender.ts";
import { Figures } from "./figures.ts";
import { measureCosts } from "./measure-costs.ts";
import { measureKill } from "./measure-kill.ts";
import { newPaths } from "./new-path.ts";
import type { Plan } from "./plan.ts";

export interface MeasureOptions {
  readonly plan: Plan;
  readonly starts: readonly StartServer[];
  readonly contenders: readonly Contender[];
  /** Told what is done next, and which share of all is done. */
  readonly progress: (what: string, share: number) => void;
}

/** Somebody's recipes, in a process. */
interface Running {
  readonly contender: Contender;
  readonly process: MessageProcess;
}

/**
 * Measures all recipes on all servers, one at a time. One server of each kind and one process of each contender live through
 * all rounds, on cores of their own where there are two; who comes first changes from round to round. Leaders are
 * killed on all servers at one time, each in a process of its own: there all wait.
 */
export async function measureRecipes(options: MeasureOptions): Promise<Figures> {
  const { plan, contenders, progress } = options;
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
  for (const contender of contenders) {
    for (const server of servers) {
      progress(`round trips · ${contender.name} on ${server.contestant}`, 0);
      await measureCosts({ contender, server, rounds: plan.costRounds, newPath, figures });
    }
    running.push({ contender, process: resources.use(await MessageProcess.start(contender.command)) });
  }
  const cells = cellsOf(plan, newPath);
  for (let round = 1 - plan.warmUps; round <= plan.rounds; round++) {
    const isCounted = round > 0;
    const name = isCounted ? `round ${round} of ${plan.rounds}` : "warm-up";
    const turns = round + plan.warmUps - 1;
    for (const [index, cell] of cells.entries()) {
      const share = (turns * cells.length + index) / ((plan.warmUps + plan.rounds) * cells.length);
      for (const server of rotated(servers, turns)) {
        // Right after each other: what else goes on is much the same for both then.
        for (const { contender, process } of rotated(running, turns)) {
          progress(`${name} · ${contender.name} on ${server.contestant} · ${cell.what}`, share);
          const measured = await cell.measure(process, server);
          if (isCounted) figures.addAll(contender.name, server.contestant, measured);
        }
      }
    }
    if (!isCounted) continue;
    progress(`${name} · leaders that are killed`, (turns + 1) / (plan.warmUps + plan.rounds));
    for (const contender of contenders) {
      const kill = async (server: BenchServer): Promise<void> =>
        figures.addAll(contender.name, server.contestant, await measureKill(contender, server, newPath()));
      await Promise.all(servers.map(kill));
    }
  }
  return figures;
}
