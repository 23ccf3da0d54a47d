/**
 * A process that uses our recipes for `pnpm bench recipes`. It receives the same messages as `CuratorBench.java`, which
 * uses Curator's: one a line, from standard input. Answers each with `done` and fields, or with `failed`, and ends with its
 * input.
 */
import { createInterface } from "node:readline";
import { type MessageLine, readMessage, writeMessage } from "../processes/message-line.ts";
import { CostSteps } from "./our-recipes/cost-steps.ts";
import { enterAndLeave } from "./our-recipes/double-barriers.ts";
import { Elections } from "./our-recipes/elections.ts";
import { handOver } from "./our-recipes/hand-overs.ts";
import { Sessions } from "./our-recipes/sessions.ts";

const sessions = new Sessions();
const costs = new CostSteps(sessions);
const elections = new Elections(sessions);

for await (const line of createInterface({ input: process.stdin })) console.log(await answer(line));
process.exit(0);

async function answer(line: string): Promise<string> {
  try {
    return writeMessage("done", await run(readMessage(line)));
  } catch (error) {
    console.error(error);
    return "failed";
  }
}

async function run({ name, fields }: MessageLine): Promise<Readonly<Record<string, number>>> {
  const { server = "", path = "" } = fields;
  const number = (key: string): number => Number(fields[key]);
  switch (name) {
    case "open":
      await costs.open([fields.a!, fields.b!, fields.c!]);
      return {};
    case "begin":
      await costs.begin(fields.recipe!, path);
      return {};
    case "do":
      await costs.run(fields.step!);
      return {};
    case "hand-over":
      return handOver(await sessions.of(server, number("sessions")), {
        path,
        warmMs: number("warmMs"),
        forMs: number("forMs"),
      });
    case "double-barrier":
      return enterAndLeave(await sessions.of(server, number("clients")), path, number("barriers"));
    case "resign":
      return elections.resign(server, path, number("times"), number("settleMs"));
    case "lead":
      await elections.lead(server, path, number("sessionTimeoutMs"));
      return {};
    case "campaign":
      await elections.campaign(server, path, number("sessionTimeoutMs"));
      return {};
    case "elected":
      await elections.elected();
      return {};
    default:
      throw new Error(`unknown message: ${name}`);
  }
}
