import { formatViolation } from "./format-violation.ts";
import { type SimulationOptions, type SimulationResult, simulateSoon } from "./simulate.ts";

/** Runs a seed. Rejects with an error that shows the violation, the last events before it, and the command that repeats it. */
export async function runSeed(options: SimulationOptions): Promise<SimulationResult> {
  try {
    return await simulateSoon(options);
  } catch (error) {
    throw await explained(error, options);
  }
}

/** Runs the seed again, which fails in the same way, to collect its events. */
async function explained(error: unknown, options: SimulationOptions): Promise<Error> {
  const lines: string[] = [];
  const onLine = (time: number, source: string, text: string): void => {
    lines.push(`${time.toFixed(2).padStart(10)}  ${source.padEnd(9)} ${text}`);
  };
  const again = await simulateSoon({ ...options, onLine }).then(
    () => new Error("the violation did not occur again"),
    (repeated: unknown) => repeated,
  );
  return new Error(formatViolation(options, again, lines), { cause: error });
}
