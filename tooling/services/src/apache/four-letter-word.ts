import { connect } from "node:net";
import { HANG_MS } from "../process/hang.ts";

/** Options of {@link fourLetterWord}. */
export interface FourLetterWordOptions {
  /** @default "127.0.0.1" */
  readonly host?: string;
  readonly port: number;
  readonly word: string;
  /** Time until the answer must be complete. @default 120_000 */
  readonly timeoutMs?: number;
}

/**
 * Sends one of ZooKeeper's four-letter words (`ruok`, `srvr`, `conf`, …) and returns the whole answer.
 * Rejects if the connection is refused, or if the server does not answer and close the connection in time.
 */
export const fourLetterWord = (options: FourLetterWordOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? HANG_MS;
    const socket = connect({ host: options.host ?? "127.0.0.1", port: options.port });
    let answer = "";
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`no answer to ${options.word} within ${timeoutMs} ms`)),
    );
    socket.once("connect", () => socket.write(options.word));
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.once("error", reject);
    socket.once("end", () => resolve(answer));
    socket.once("close", () =>
      reject(new Error(`the server closed the connection before it answered ${options.word}`)),
    );
  });
