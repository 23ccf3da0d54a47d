import { Command, InvalidArgumentError, Option } from "commander";
import colors from "picocolors";
import type { Check } from "./run/verdict.js";

/** Creates a command with the options `--servers` and `--redis`. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--servers <host:port,…>", "connect string of an ensemble; default: an embedded server").env(
        "CONCLAVE_SERVERS",
      ),
    )
    .addOption(
      new Option("--redis <url>", "URL of a Redis; default: a new redis-server on this machine").env("REDIS_URL"),
    );
}

/** Returns a parser for options that are whole numbers from `least` on. */
export function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

/** Returns a signal that aborts on SIGINT or SIGTERM, or when the parent process ends. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "disconnect"] as const) {
    process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  }
  return controller.signal;
}

/** Prints the checks. Returns true if all of them hold. */
export function printVerdict(checks: readonly Check[]): boolean {
  for (const { name, holds, because } of checks) {
    console.log(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(20))} ${because}`);
  }
  return checks.every(({ holds }) => holds);
}
