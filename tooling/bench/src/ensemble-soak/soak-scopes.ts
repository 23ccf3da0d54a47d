import { explore } from "@conclave/simulation";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";

interface Options {
  readonly transactions: number;
  readonly crashes: number;
  readonly cuts: number;
  readonly epochs?: number;
  readonly states?: number;
}

/**
 * Takes three servers through every order of steps with so many transactions, crashes and cut connections. Exits with 1 at the
 * first violation, and prints the steps that lead to it.
 */
export async function soakScopes(args: readonly string[]): Promise<number> {
  const { states: maxStates, ...scope } = parse(args);
  const startedAt = performance.now();
  const onProgress = (states: number): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stderr.write(`${states.toLocaleString("en")} states in ${seconds} s\n`);
  };
  try {
    const found = explore({ ...scope, maxStates, onProgress });
    const rows = [
      ["states", found.states.toLocaleString("en")],
      ["steps between them", found.steps.toLocaleString("en")],
      ["orders of steps", found.isWhole ? found.interleavings.toPrecision(3) : "not known"],
      ["states at the end", found.ends.toLocaleString("en")],
      ["longest order", `${found.depth} steps`],
      ["states of one machine", found.machineStates.toLocaleString("en")],
      ["time", `${((performance.now() - startedAt) / 1000).toFixed(1)} s`],
    ];
    process.stdout.write(rows.map(([name, value]) => `${name!.padEnd(24)}${value}\n`).join(""));
    const end = found.isWhole ? "Every state was visited" : "Not every state was visited";
    process.stdout.write(`${colors.green("✓")} ${end}, and every invariant holds.\n`);
    return 0;
  } catch (error) {
    process.stdout.write(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function countOption(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of at most ten digits.");
  return Number(text);
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak scopes")
    .description("Takes the machines of Zab of three servers through every order of steps.")
    .option("--transactions <count>", "transactions that leaders propose", countOption, 1)
    .option("--crashes <count>", "losses of power of a server", countOption, 0)
    .option("--cuts <count>", "connections that are cut", countOption, 0)
    .option("--epochs <count>", "greatest epoch of a leader (default: one more than crashes and cuts)", countOption)
    .option("--states <count>", "end after so many states", countOption)
    .parse(args, { from: "user" })
    .opts<Options>();
}
