import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { ServiceProcess } from "@conclave/services";
import { readMessage, writeMessage } from "./message-line.ts";
import { pin } from "./pin.ts";

/** Bound of a command; only a hang reaches it. */
const LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 5_000;

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Figures of an answer, by name. */
export type Answer = Readonly<Record<string, number>>;

/** A process that runs commands from its input, one at a time, on the clients' half of the cores. */
export class MessageProcess implements AsyncDisposable {
  readonly #process: ServiceProcess;
  #answered: (line: string) => void = () => {};

  private constructor(process: ServiceProcess) {
    this.#process = process;
    const output = new PassThrough();
    process.onStandardOutput((text) => output.write(text));
    createInterface({ input: output }).on("line", (line) => this.#answered(line));
  }

  static async start({ command, args }: ProcessCommand): Promise<MessageProcess> {
    const process = await ServiceProcess.start({ command, args, input: true });
    pin(process.pid, "client");
    return new MessageProcess(process);
  }

  /** Resolves with the answer. Rejects with the output of the process if it fails, ends, or takes longer than two minutes. */
  async ask(name: string, fields: Readonly<Record<string, string | number>> = {}): Promise<Answer> {
    const question = writeMessage(name, fields);
    const answered = new Promise<string>((resolve) => {
      this.#answered = resolve;
    });
    const limit = new AbortController();
    const late = delay(LIMIT_MS, `no answer within ${LIMIT_MS} ms`, { signal: limit.signal });
    // The abort below rejects the delay.
    late.catch(() => {});
    this.#process.input.write(`${question}\n`);
    const answer = await Promise.race([answered, this.#process.ended, late]);
    limit.abort();
    const message = readMessage(answer);
    if (message.name !== "done") throw new Error(`${question}: ${answer}; it printed:\n${this.#process.output}`);
    return Object.fromEntries(Object.entries(message.fields).map(([key, value]) => [key, Number(value)]));
  }

  /** Kills the process with SIGKILL. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Ends the input of the process, which ends it in order, and kills it after five seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => void this.#process.kill(), STOP_LIMIT_MS);
    this.#process.input.end();
    await this.#process.ended;
    clearTimeout(timer);
  }
}
