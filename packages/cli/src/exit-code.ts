import { constants } from "node:os";

/** Exit codes of the command. */
export const ExitCode = {
  OK: 0,
  /** The server could not start, or failed. */
  FAILED: 1,
  /** The command line or the configuration is wrong: starting again will not help. */
  MISUSED: 2,
  /** Returns 128 plus the number of the signal, like a shell. */
  ofSignal: (signal: NodeJS.Signals): number => 128 + constants.signals[signal],
} as const;
