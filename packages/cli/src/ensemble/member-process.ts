import { type ChildProcess, fork } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { COMMAND_PATH } from "../command-path.js";
import type { MemberPlace } from "./ensemble-folder.js";
import type { MemberEvent } from "./ensemble-state.js";

const KEPT_CHARACTERS = 4_000;

/** End of a member's process. */
export interface MemberExit {
  readonly pid: number;
  /** `null` for an end by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last text that the process wrote to standard error. */
  readonly output: string;
}

/** Observer of a member. */
export interface MemberObserver {
  /** Receives changes of role. */
  readonly onEvent: (event: MemberEvent) => void;
  /** Called once, after the last event. */
  readonly onEnd: (exit: MemberExit) => void;
}

/** The process of one member: `conclave server` with its `zoo.cfg`. It ends when this process ends, however that ends. */
export class MemberProcess {
  readonly pid: number;
  /** Resolves at the end of the process, after `onEnd`. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  #output = "";

  /** Starts the process. Its log is added to the file `server.log` in its folder. */
  constructor({ id, folder, config }: MemberPlace, { onEvent, onEnd }: MemberObserver) {
    // Detached: Ctrl-C reaches only this process, which ends its members in order.
    this.#child = fork(COMMAND_PATH, ["server", config, "--stop-with-parent"], {
      ...{ silent: true, detached: true, execArgv: [] },
    });
    this.pid = this.#child.pid ?? 0;
    this.#log = createWriteStream(join(folder, "server.log"), { flags: "a", mode: 0o600 });
    // A log that cannot be written does not end the server.
    this.#log.on("error", () => {});
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.#log.write(`${line}\n`);
      const event = eventOf(id, line);
      if (event !== undefined) onEvent(event);
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log.write(text);
      this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#log.end();
        onEnd({ pid: this.pid, code, signal, output: this.#output.trim() });
        resolve();
      };
      this.#child.once("close", end);
      this.#child.on("error", ({ message }) => {
        this.#output += message;
        if (this.#child.pid === undefined) end(null, null);
      });
    });
  }

  /** Sends a signal to the process. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops the server in order, also one that is paused. Resolves when its process has ended. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (process.platform !== "win32") this.#child.kill("SIGCONT");
    await this.ended;
  }
}

interface LogLine {
  readonly time?: unknown;
  readonly msg?: unknown;
  readonly mode?: unknown;
  readonly leader?: unknown;
}

/** Returns the change of role that a line of a server's log reports, if it does. */
function eventOf(id: number, text: string): MemberEvent | undefined {
  const { time, msg, mode, leader } = parsed(text);
  const at = typeof time === "number" ? time : Date.now();
  switch (msg) {
    case "listening; searching for a leader":
    case "role in the ensemble ended; searching for a leader":
      return { id, at, type: "searching" };
    case "election decided":
      return { id, at, type: "decided", leader: Number(leader) };
    case "serving clients":
      return mode === "leader" || mode === "follower" ? { id, at, type: "serving", mode } : undefined;
    default:
      return undefined;
  }
}

function parsed(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
