import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Clock, Random } from "@conclave/runtime";
import { openSocket } from "./open-socket.js";
import type { ServerAddress } from "./server-address.js";

/** Options of {@link askWord}. */
export interface AskOptions {
  readonly timeoutMs: number;
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Address of the server if its name has several: the name is not resolved again. */
  readonly address?: string | undefined;
}

/** A question that was sent to a server. */
export interface Question<Answer> {
  readonly answer: Promise<Answer>;
  /** Ends the question: it has no answer. */
  readonly abort: () => void;
}

/** Longest part of an answer that is read. */
const LONGEST_ANSWER = 4096;

/**
 * Sends a four-letter word to a server, on a connection of its own. Resolves with the text of the answer: as soon as
 * `isComplete` returns true for it, and otherwise when the server has closed the connection, after the timeout, or when
 * the question is aborted; then it may be a part, or empty. Never rejects.
 */
export function askWord(
  server: ServerAddress,
  word: string,
  isComplete: (text: string) => boolean,
  { timeoutMs, tls, clock, random, address }: AskOptions,
): Question<string> {
  let abort = (): void => {};
  const answer = new Promise<string>((resolve) => {
    let text = "";
    const listener = {
      opened: () => void socket.write(word),
      bytes: (bytes: Uint8Array) => {
        text += Buffer.from(bytes).toString("latin1");
        if (isComplete(text) || text.length > LONGEST_ANSWER) finish();
      },
    };
    const socket = openSocket(server, random, tls, listener, address);
    const finish = (): void => {
      timer.cancel();
      socket.destroy();
      resolve(text);
    };
    const timer = clock.setTimer(timeoutMs, finish);
    socket.on("error", finish);
    socket.on("close", finish);
    abort = finish;
  });
  return { answer, abort: () => abort() };
}
