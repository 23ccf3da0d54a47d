import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { ServiceProcess } from "@conclave/services";
import { readMessage, writeMessage } from "./message-line.ts";
import { pin } from "./pin.ts";

/** Whatever is asked is done by then or hangs. */
const LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 5_000;

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** What it answered, by name. */
export type Answer = Readonly<Record<string, number>>;

/** A process that does what it is asked to by a line of its input, one thing at a time, on the clients' half of the cores. */
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

  /** Resolves with its answer. Rejects with what it printed when it fails, ends, or takes two minutes. */
  async ask(name: string, fields: Readonly<Record<string, string | number>> = {}): Promise<Answer> {
    const question = writeMessage(name, fields);
    const answered = new Promise<string>((resolve) => {
      this.#answered = resolve;
    });
    const limit = new AbortController();
    const late = delay(LIMIT_MS, `no answer within ${LIMIT_MS} ms`, { signal: limit.signal });
    // Its end by the abort below.
    late.catch(() => {});
    this.#process.input.write(`${question}\n`);
    const answer = await Promise.race([answered, this.#process.ended, late]);
    limit.abort();
    const message = readMessage(answer);
    if (message.name !== "done") throw new Error(`${question}: ${answer}; it printed:\n${this.#process.output}`);
    return Object.fromEntries(Object.entries(message.fields).map(([key, value]) => [key, Number(value)]));
  }

  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Asks it to end, and after five seconds makes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => void this.#process.kill(), STOP_LIMIT_MS);
    this.#process.input.end();
    await this.#process.ended;
    clearTimeout(timer);
  }
}
