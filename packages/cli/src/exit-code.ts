import { constants } from "node:os";

/** What the process says to whoever started it. */
export const ExitCode = {
  OK: 0,
  /** It could not start, or had to stop. */
  FAILED: 1,
  /** The command line or the configuration is wrong: starting again will not help. */
  MISUSED: 2,
  /** As shells count: 128 and the number of the signal. */
  ofSignal: (signal: NodeJS.Signals): number => 128 + constants.signals[signal],
} as const;
