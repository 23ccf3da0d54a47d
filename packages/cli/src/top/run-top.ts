import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionSettings } from "../connection/connection-settings.js";
import { ExitCode } from "../exit-code.js";
import { jsonLine } from "../json-line.js";
import { findEnsemble } from "../members/find-ensemble.js";
import type { EnsembleReading } from "../members/member-reading.js";
import { readEnsemble } from "../members/read-ensemble.js";
import type { Output } from "../output.js";
import { formatTop } from "./format-top.js";
import { onQuitKey, type Screen } from "./screen.js";
import { topView } from "./top-view.js";

/** Settings of `conclave top`. */
export interface TopSettings extends ConnectionSettings {
  readonly asJson: boolean;
  /** Prints one page and ends. */
  readonly once: boolean;
  readonly intervalMs: number;
  /** Time in which a server has to answer a four-letter word. */
  readonly answerTimeoutMs: number;
  readonly adminPort: number;
}

/** Streams of the command. */
export interface TopContext {
  readonly output: Output;
  /** Terminal for pages that replace each other; undefined: pages follow each other. */
  readonly screen: Screen | undefined;
  /** Keys; undefined without a terminal. */
  readonly keys: Readable | undefined;
  complain(text: string): void;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

/** Prints the figures of an ensemble at each interval, until a key or the signal ends it. Resolves with the exit code. */
export async function runTop(settings: TopSettings, context: TopContext): Promise<number> {
  const { output, screen, keys, complain } = context;
  const quit = new AbortController();
  const signal = AbortSignal.any([context.signal, quit.signal]);
  const found = await findEnsemble(settings, signal);
  if (typeof found === "string") {
    complain(found);
    return ExitCode.MISUSED;
  }
  const { adminPort, answerTimeoutMs: timeoutMs } = settings;
  const read = (configuration: string | undefined): Promise<EnsembleReading> =>
    readEnsemble({ ...found, configuration, words: ["mntr"], adminPort, timeoutMs, signal });
  let before = await read(found.configuration);
  if (settings.once && before.members.every(({ failure }) => failure !== undefined)) {
    complain(found.noSession ?? "no server answers four-letter words: is the address right?");
    return ExitCode.FAILED;
  }
  const removeKeys = keys === undefined ? () => {} : onQuitKey(keys, () => quit.abort());
  screen?.open();
  try {
    for (;;) {
      await delay(settings.intervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return ExitCode.OK;
      const now = await read(before.configuration?.toString() ?? found.configuration);
      if (signal.aborted) return ExitCode.OK;
      const view = topView(before, now);
      if (settings.asJson) await output.line(jsonLine({ ...view, time: new Date(view.atMs).toISOString() }));
      else if (screen === undefined) for (const line of formatTop(view, settings.servers)) await output.line(line);
      else screen.show([...formatTop(view, settings.servers, screen.columns), "", "q ends"]);
      await output.flush();
      if (settings.once || !output.isOpen) return ExitCode.OK;
      before = now;
    }
  } finally {
    screen?.close();
    removeKeys();
  }
}
