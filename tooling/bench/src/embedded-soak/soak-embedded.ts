import { runAppCommand } from "../processes/app-command.ts";

/** The chaos command of the sample app embedded-ensemble. */
const CHAOS = new URL("chaos.js", import.meta.resolve("@conclave/embedded-ensemble/main"));
const MINUTES = "--minutes";
const SECONDS_OF_A_ROUND = "60";

/**
 * Kills, stops, pauses and restarts the replicas of the sample app, in rounds of a minute until the time is over (`--minutes`, 30 by
 * default), and checks what the app has recorded after each round. All options are those of the app's chaos command. Exits with 1 and
 * names the seed if a check fails.
 */
export function soakEmbedded(args: readonly string[]): Promise<number> {
  const minutes = args.includes(MINUTES) ? [] : [MINUTES, "30"];
  return runAppCommand(CHAOS, ["--seconds", SECONDS_OF_A_ROUND, ...minutes, ...args]);
}
