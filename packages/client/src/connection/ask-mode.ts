import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Clock, Random } from "@conclave/runtime";
import { openSocket } from "./open-socket.js";
import type { ServerAddress } from "./server-address.js";

/** Options of {@link askMode}. */
export interface AskModeOptions {
  readonly timeoutMs: number;
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Asks a server with the four-letter word `isro` if it is read-only. Resolves with `undefined` if the server does not
 * answer in time: a read-only server always answers, others only if `4lw.commands.whitelist` allows the word. `abort`
 * ends the question.
 */
export function askMode(
  server: ServerAddress,
  { timeoutMs, tls, clock, random }: AskModeOptions,
): { readonly mode: Promise<"ro" | "rw" | undefined>; readonly abort: () => void } {
  let abort = (): void => {};
  const mode = new Promise<"ro" | "rw" | undefined>((resolve) => {
    let text = "";
    const socket = openSocket(server, random, tls, {
      opened: () => socket.write("isro"),
      bytes: (bytes) => {
        text += Buffer.from(bytes).toString();
        if (text.length >= 2) finish();
      },
    });
    const finish = (): void => {
      timer.cancel();
      socket.destroy();
      resolve(text === "ro" || text === "rw" ? text : undefined);
    };
    const timer = clock.setTimer(timeoutMs, finish);
    socket.on("error", finish);
    socket.on("close", finish);
    abort = finish;
  });
  return { mode, abort: () => abort() };
}
