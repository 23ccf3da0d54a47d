import { Command, InvalidArgumentError, Option } from "commander";
import colors from "picocolors";
import type { Check } from "./verdict.js";

/** A command line on which an ensemble and a Redis can be named. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--servers <host:port,…>", "an ensemble that is there already; default: an embedded server").env(
        "CONCLAVE_SERVERS",
      ),
    )
    .addOption(
      new Option("--redis <url>", "a Redis that is there already; default: one of this machine's own").env("REDIS_URL"),
    );
}

/** For options that are whole numbers from `least` on. */
export function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

/** A signal that aborts when the process is asked to end, or who started it is gone. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "disconnect"] as const) {
    process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  }
  return controller.signal;
}

/** Prints a verdict. Returns whether all of it holds. */
export function printVerdict(checks: readonly Check[]): boolean {
  for (const { name, holds, because } of checks) {
    console.log(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(20))} ${because}`);
  }
  return checks.every(({ holds }) => holds);
}
