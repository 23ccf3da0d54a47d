import { setTimeout as delay } from "node:timers/promises";
import { pin } from "../processes/pin.ts";
import { rotated } from "../report/rotated.ts";
import { Figures } from "./figures.ts";
import type { LoadGenerator } from "./load-generator.ts";
import { type Cell, cellsOf, type PartName, type Plan } from "./plan.ts";
import { residentBytes } from "./process-usage.ts";
import type { BenchServer, StartServer } from "./servers.ts";

/** Time between the first answer and the reading of memory. */
const SETTLE_MS = 1_000;

export interface MeasureOptions {
  readonly plan: Plan;
  readonly starts: readonly StartServer[];
  readonly generator: LoadGenerator;
  /** Loads to measure. */
  readonly parts: readonly PartName[];
  /** Called with the next step, and with the share of all steps that is done. */
  readonly progress: (step: string, share: number) => void;
}

/**
 * Measures all servers alternately. One of each kind runs through all loads; each round starts another one of each kind to
 * measure a fresh server. The order of the servers changes from round to round.
 */
export async function measureServers({ plan, starts, generator, parts, progress }: MeasureOptions): Promise<Figures> {
  const figures = new Figures();
  const cells = cellsOf(plan).filter(({ name }) => parts.includes(name));
  const servers: BenchServer[] = [];
  const steps = starts.length * (plan.warmUps + plan.rounds) * cells.length;
  let step = 0;
  try {
    for (const start of starts) {
      const server = await start();
      servers.push(server);
      await generator.run({ kind: "prepare", port: server.port, pid: server.pid });
    }
    for (let round = 1 - plan.warmUps; round <= plan.rounds; round++) {
      const name = round < 1 ? "warm-up" : `round ${round} of ${plan.rounds}`;
      const turns = round + plan.warmUps;
      for (const cell of cells) {
        for (const server of rotated(servers, turns)) {
          progress(`${name} · ${server.serverName} · ${cell.name}`, step++ / steps);
          const result = await runCell(cell, server, generator);
          if (round > 0) figures.addResult(server.serverName, cell.name, result);
        }
      }
      if (round < 1 || !parts.includes("fresh")) continue;
      for (const start of rotated(starts, turns)) {
        progress(`${name} · a fresh server`, step / steps);
        await measureFresh(start, plan, generator, figures);
      }
    }
    for (const { serverName, pid } of servers) figures.add(serverName, "end.residentBytes", residentBytes(pid));
    progress("a rest", 1);
    await delay(plan.restMs);
    for (const { serverName, pid } of servers) figures.add(serverName, "rest.residentBytes", residentBytes(pid));
    return figures;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function runCell(cell: Cell, { port, pid }: BenchServer, generator: LoadGenerator) {
  if (!cell.isPinned) return generator.run(cell.job({ port, pid }));
  pin(pid, "server");
  try {
    return await generator.run(cell.job({ port, pid }));
  } finally {
    pin(pid, "both");
  }
}

async function measureFresh(start: StartServer, plan: Plan, generator: LoadGenerator, figures: Figures): Promise<void> {
  const { serverName, port, pid, firstAnswerMs, close } = await start();
  try {
    figures.add(serverName, "start.firstAnswerMs", firstAnswerMs);
    await delay(SETTLE_MS);
    figures.add(serverName, "start.residentBytes", residentBytes(pid));
    const { bytesEach } = await generator.run({ kind: "hold", count: plan.heldSessions, port, pid });
    figures.add(serverName, "hold.bytesEach", bytesEach!);
  } finally {
    await close();
  }
}
