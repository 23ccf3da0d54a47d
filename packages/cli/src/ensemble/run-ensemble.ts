import { shownText } from "@conclave/runtime";
import { ExitCode } from "../exit-code.js";
import type { Output } from "../output.js";
import { EnsembleError } from "./ensemble-folder.js";
import { type EnsembleProcesses, startEnsembleProcesses } from "./ensemble-processes.js";
import { jsonPrinter, textPrinter } from "./print-ensemble.js";

/** Settings of `conclave ensemble`. */
export interface EnsembleSettings {
  readonly servers: number;
  readonly port: number | undefined;
  readonly dataDir: string | undefined;
  readonly asJson: boolean;
}

/** Functions of the process that the command needs. */
export interface EnsembleContext {
  readonly output: Output;
  /** Prints the error that ends the command. */
  complain(text: string): void;
  /** Calls back for each SIGTERM and SIGINT. Returns a function that removes the listeners. */
  onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/**
 * Runs an ensemble until a signal or until all of its servers have ended. Resolves with the exit code. A second signal kills the
 * servers and exits at once.
 */
export async function runEnsemble(settings: EnsembleSettings, context: EnsembleContext): Promise<number> {
  const { servers, port, dataDir, asJson } = settings;
  const { output, complain } = context;
  const printer = asJson ? jsonPrinter : textPrinter;
  const print = async (lines: readonly string[]): Promise<void> => {
    if (lines.length > 0) await output.line(lines.map(shownText).join("\n"));
    await output.flush();
  };
  const stop = new AbortController();
  let ensemble: EnsembleProcesses | undefined;
  const remove = context.onStopRequested((signal) => {
    if (stop.signal.aborted) {
      ensemble?.killAll();
      context.exit(ExitCode.ofSignal(signal));
    } else stop.abort();
  });
  try {
    let end = (_code: number): void => {};
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    });
    ensemble = await startEnsembleProcesses({
      ...{ servers, port, dataDir, signal: stop.signal },
      onChange: (change) => {
        if (ensemble === undefined) return;
        void print(printer.changed(change, ensemble));
        if (change.type === "ended" && ensemble.members.every(({ pid }) => pid === undefined)) end(ExitCode.FAILED);
      },
    });
    stop.signal.addEventListener("abort", () => end(ExitCode.OK));
    await print(printer.serving(ensemble, dataDir === undefined));
    const code = await ended;
    if (code === ExitCode.FAILED) complain("all servers have ended");
    await ensemble.close();
    return code;
  } catch (error) {
    if (stop.signal.aborted) return ExitCode.OK;
    if (!(error instanceof EnsembleError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    complain(`cannot start the ensemble: ${(error as Error).message}`);
    return ExitCode.FAILED;
  } finally {
    remove();
  }
}
