import { type AskOptions, askWord, type Question } from "./ask-word.js";
import type { ServerAddress } from "./server-address.js";

/** Version of ZooKeeper whose protocol a server speaks. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * Asks a server for its version with the four-letter word `srvr`, the only one that servers answer without a setting. The
 * answer is `undefined` if the server does not answer it in time, or not as ZooKeeper does.
 */
export function askVersion(server: ServerAddress, options: AskOptions): Question<ServerVersion | undefined> {
  const { answer, abort } = askWord(server, "srvr", (text) => text.includes("\n"), options);
  return { answer: answer.then(parseVersion), abort };
}

/** Returns true if servers of this version know `multiRead` (ZOOKEEPER-3402). Older ones close the connection on it. */
export function knowsMultiRead({ major, minor }: ServerVersion): boolean {
  return major > 3 || (major === 3 && minor >= 6);
}

/** Parses the first line of the answer: "Zookeeper version: 3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on …". */
function parseVersion(text: string): ServerVersion | undefined {
  const match = /^Zookeeper version: (\d{1,4})\.(\d{1,4})\.\d/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
