import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import type { AskOptions, ServerTarget } from "./server-target.js";

/** Answers longer than this are cut; the longest one that is read lists the connections of one server. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Answer to a four-letter word: its text, or the reason why there is none. */
export type WordAnswer =
  | { readonly kind: "answer"; readonly text: string }
  /** The word is not in `4lw.commands.whitelist`. */
  | { readonly kind: "refused" }
  /** The server runs, and is in no quorum. */
  | { readonly kind: "not serving" }
  /** No answer: the error of the connection. */
  | { readonly kind: "failed"; readonly reason: string };

/** Sends a four-letter word to a server. Resolves with the answer, or with the reason why there is none. */
export async function fourLetterWord(target: ServerTarget, word: string, options: AskOptions): Promise<WordAnswer> {
  const { host, port, tls } = target;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const socket = tls === undefined ? connectTcp(port, host) : connectTls({ ...servername, ...tls, host, port });
  const onAbort = (): void => void socket.destroy(new Error(`no answer within ${options.timeoutMs} ms`));
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    // Not `end`: servers of ZooKeeper close the connection without an answer when the client has closed its half.
    socket.write(word);
    for await (const part of socket as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
    return answerOf(Buffer.concat(parts).toString("utf8"));
  } catch (error) {
    return { kind: "failed", reason: (error as Error).message || String((error as NodeJS.ErrnoException).code) };
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

function answerOf(text: string): WordAnswer {
  if (/^\w{4} is not executed because it is not in the whitelist/.test(text)) return { kind: "refused" };
  if (text.startsWith("This ZooKeeper instance is not currently serving requests")) return { kind: "not serving" };
  return text === "" ? { kind: "failed", reason: "the connection ended without an answer" } : { kind: "answer", text };
}
