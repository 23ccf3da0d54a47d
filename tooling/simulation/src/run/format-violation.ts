import type { SimulationOptions } from "./simulate.ts";

const SHOWN_LINES = 40;
const MAX_WIDTH = 200;

/** Returns the text of a violation, with the last events before it and the command that repeats the run. */
export function formatViolation({ seed, faults }: SimulationOptions, error: unknown, lines: readonly string[]): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const count = faults === undefined ? "" : ` --faults-per-seed ${faults}`;
  const last = lines
    .slice(-SHOWN_LINES)
    .map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line));
  return [
    `seed ${seed}: ${what}`,
    "",
    "The last events, with the virtual time in ms:",
    ...last,
    "",
    `To repeat: pnpm soak ensemble --seed ${seed}${count}`,
  ].join("\n");
}
