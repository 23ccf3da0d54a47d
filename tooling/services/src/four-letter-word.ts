import { connect } from "node:net";

export interface FourLetterWordOptions {
  /** @default "127.0.0.1" */
  readonly host?: string;
  readonly port: number;
  readonly word: string;
  /** @default 2_000 */
  readonly timeoutMs?: number;
}

/**
 * Sends one of ZooKeeper's four-letter words (`ruok`, `srvr`, `conf`, …) and returns the whole answer.
 * Rejects when nobody listens, or when the server does not answer and close in time.
 */
export const fourLetterWord = (options: FourLetterWordOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? 2_000;
    const socket = connect({ host: options.host ?? "127.0.0.1", port: options.port });
    let answer = "";
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`No answer to ${options.word} in ${timeoutMs} ms`)));
    socket.once("connect", () => socket.write(options.word));
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.once("error", reject);
    socket.once("end", () => resolve(answer));
    socket.once("close", () =>
      reject(new Error(`The server closed the connection before it answered ${options.word}`)),
    );
  });
